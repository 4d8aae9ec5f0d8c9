// What keys do while no field has the focus.

/** @param {Record<string, () => void>} does by key @returns {(event: KeyboardEvent) => void} */
export function keys(does) {
  return (event) => {
    const { key, ctrlKey, metaKey, altKey } = event;
    const node = /** @type {Element} */ (event.target);
    if (ctrlKey || metaKey || altKey || node.closest?.("input:not([type=range],[type=checkbox],[type=radio]),textarea,select,dialog")) return;
    // A button that has the focus is pressed by the space bar, a slider moved by arrows: those are theirs.
    if (key === " " && node.closest?.("button,a,summary,input")) return;
    if (key.startsWith("Arrow") && node.closest?.("input")) return;
    const work = does[key === " " ? "Space" : key.length === 1 ? key.toLowerCase() : key];
    if (!work) return;
    event.preventDefault();
    work();
  };
}
