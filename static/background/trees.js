// The page as it is composed: the document, its open shadow roots, and frames of its origin.

/** @param {any} root @returns {any[]} the trees in a tree, itself first; of ours none */
export const trees = (root = document) => [root, ...[...root.querySelectorAll("*")].flatMap((e) => {
  const inner = e.localName.startsWith("yesmap-") ? null : e.shadowRoot ?? e.contentDocument;
  return inner ? trees(inner) : [];
})];

/** Every element of them, but ours. @returns {any[]} */
export const elements = () => trees().flatMap((tree) => [...tree.querySelectorAll(":not(yesmap-background)")]);
