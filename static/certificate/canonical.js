/**
 * The one way to write a certificate's content, byte for byte what heatmap/end/certificate.py writes: keys in order, no
 * spaces, characters as they are. Numbers are whole, and keys are ASCII, so that both mean the same by it.
 * @param {unknown} value
 * @returns {string}
 */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const content = /** @type {Record<string, unknown>} */ (value);
  const written = Object.keys(content).sort().map((key) => `${JSON.stringify(key)}:${canonical(content[key])}`);
  return `{${written.join(",")}}`;
}
