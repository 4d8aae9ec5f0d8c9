// What an event can be: the low five bits of a record's kind. Numbers of the wire format, one by one, so that the
// build can put them in place.
export const MOVE = 0;
export const CLICK = 1;
export const SCROLL = 2;
export const RESIZE = 3;
export const SHOW = 4;
export const HIDE = 5;
export const RAGE = 6;
export const DEAD = 7;
export const ERROR = 8;
export const INVALID = 9;
export const SUBMIT = 10;
export const MARK = 11;
export const PAGE = 12;
export const VISIBLE = 13;
export const HIDDEN = 14;
export const HEIGHT = 15;
export const BACK = 16;

/** Who pointed: the high three bits. @typedef {0 | 1 | 2 | 3} Pointer */
export const KEY = 3;

/** @param {{pointerType?: string}} event @returns {Pointer} */
export const pointerOf = ({ pointerType }) => (pointerType === "touch" ? 1 : pointerType === "pen" ? 2 : 0);
