// Style sheets are built in as text.
declare module "*.css" {
  const text: string;
  export default text;
}
