import { extent } from "../view.js";
import { HEIGHT } from "../kinds.js";

/**
 * The document's new size when its content grew or shrank, looked at now and then.
 * @type {import("../types.d.ts").Signal}
 */
export function start(tape) {
  let before = String(extent());
  tape.look = () => {
    const size = extent();
    if (before !== (before = String(size))) tape.add(HEIGHT, [0, ...size]);
  };
}
