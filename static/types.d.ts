// The shapes that the browser side shares. Types only: nothing of this file is loaded.

export type Device = "desktop" | "tablet" | "mobile";
export type Purpose = "heatmap" | "replay";
/** `pattern` is a regular expression for the whole path, with `?key=value` of those keys of the query that are there. */
export type PageRule = { name: string; pattern: string; query?: string[] };
/** What the site is told: nothing here, the visitor is asked, recorded, has paused it, has said no or it is over. */
export type State = "none" | "asking" | "on" | "paused" | "off";

/** What GET /v1/recording answers. Times are ms since the epoch, by the server's clock. */
export type Recording = {
  id: string;
  nv: string;
  purposes: Purpose[];
  until: number;
  deadline: number;
  languages: string[];
  /** Where it is asked and recorded. */
  devices: Device[];
  pages: PageRule[];
  releases: string | null;
  variants: string[];
  marks: string[];
  share: number;
  gpc: "no" | "ask";
  /** The browser said to the collector that it wants no tracking. */
  signal: boolean;
};

/** What is kept in this browser after a yes. Times by the server's clock, `skew` brings ours to it. */
export type Consent = {
  recording: string;
  token: string;
  audit: string;
  yes: number;
  expires: number;
  until: number;
  skew: number;
  purposes: Purpose[];
  /** Path of the receipt, which outlives the consent. */
  receipt: string;
  sign: Sign;
  /** The part of the visitor's session: one more after 30 idle minutes. */
  visit: number;
  /** When anything was last recorded, by this browser's clock. */
  last: number;
  /** The page before the last, the last one, and since when: to see a quick way back. */
  seen?: [number, number, number];
  paused?: boolean;
  /** Stopped, but the collector could not be reached yet. */
  stopped?: boolean;
};

/** The one entry in the browser's storage: a consent, or a no, or only that somebody was asked, or nothing yet. */
export type Kept = Partial<Consent> & { no?: number; asked?: number };

/** One record: t, kind (with the pointer in its high bits), el, x, y, fx, fy. */
export type Row = [number, number, number, number, number, number, number];

/** One batch of the wire format, in readable values. */
export type Batch = {
  d: Uint8Array;
  n: number;
  p: number;
  r?: string;
  a?: string;
  i: number;
  w: [number, number];
  g: [number, number];
  z: [number, number];
  s: number;
  e: number[];
  b: Row[];
};

/** Where an event was: the element's hash (0: none), page position, place in the element's box. */
export type Spot = [hash: number, x?: number, y?: number, fx?: number, fy?: number];

/** What signals write on. */
export type Tape = {
  /** Keeps one event; `now` (performance.now) of one that was noted before. */
  add(kind: number, spot: Spot, pointer?: number, now?: number): void;
  /** What is noted from now on belongs to what is seen now. */
  open(): void;
  /** Tells what was noted. */
  flush(): void;
  /** Ends the batch: what follows belongs to another view. */
  cut(): void;
  /** Begins another page view; how it was reached, and how long that took, ms. */
  enter(way: number, took?: number): void;
  /** The same for the load of the document; the second time recording only goes on in it. */
  arrived(way: number, took: number): void;
  /** Looks whether the address has become another page's. */
  turnPage(): void;
  /** Sends what there is: the page may be gone the next moment. */
  leave(): void;
  /** Who wants to know of a visitor's click with a pointer, where something may be told of it. */
  clicked: ((node: Element, at: Spot, event: PointerEvent) => void)[];
  /** The document has changed. */
  pageChanged(): void;
  /** Something of ours has failed. */
  fault(): void;
  /** To be looked at now and then. */
  look(): void;
  /** When something last appeared (performance.now). */
  shown: number;
  /** The last click: its element's hash, and when (performance.now). */
  lastClick: [number, number];
};

/** Starts one signal; it ends when all do (`begin` in listen.js). */
export type Signal = (tape: Tape) => void;

/** What a collector's answer means for a batch. */
export type Sender = {
  /** One more; on a page that is closing it goes with the rest. */
  push(batch: Batch, closing?: boolean): void;
  /** Everything that waits goes now, for the page may be gone the next moment. */
  sendAll(): void;
  /** Lets go of what waits, and takes nothing until the next start. */
  stop(): void;
  start(): void;
};

/** What the sign says, ready to show; it came with the yes. */
export type Sign = {
  lang: string;
  dir: string;
  on: string;
  paused: string;
  details: string;
  stop: string;
  stopped: string;
  later: string;
};

/** What the prompt says, ready to show. */
export type Texts = {
  lang: string;
  dir: string;
  title: string;
  purpose: string;
  rows: [term: string, text: string][];
  age: string;
  replay?: string;
  no: string;
  yes: string;
  failed: string;
  more: string;
};

/** What the loader hands on: it alone knows storage and requests, and has the few functions that all need. */
export type Session = {
  recording: Recording;
  /** What the site calls itself: on the tag, or said since. */
  told: Partial<Record<"release" | "variant" | "page" | "at", string>>;
  language(): string | undefined;
  device(): Device;
  /** The path of the notice in the visitor's language. */
  notice: string;
  read(): Kept;
  write(entry: Kept): void;
  /** The consent, while it stands. */
  consent(): Consent | null;
  /** The index of the page rule that the address fits, or -1. */
  pageHere(): number;
  /** Whether a whole text fits a pattern. */
  fits(text: string, pattern: string): boolean;
  /** The address of a path at the collector. */
  at(path: string): string;
  get(path: string): Promise<any>;
  /** Rejects without a network. */
  post(path: string, form: object): Promise<Response>;
  tally(what: "asked" | "no" | "signal" | "uncovered" | "fault"): Promise<unknown>;
  h(tag: string, attributes?: Record<string, string>, ...children: (Node | string)[]): any;
  button(text: string, onclick: () => unknown): HTMLButtonElement;
  mount(name: string, css: string, texts: { lang: string; dir: string }, content: Node): () => void;
  /** The collector says that it is over: withdrawn elsewhere, ended or destroyed. */
  gone(): void;
  /** The visitor says that it is over. Gives whether everything is erased already. */
  stop(hides?: boolean): Promise<boolean>;
  /** Records, where a consent stands. */
  begin(): unknown;
  /** A yes; whether it was taken. */
  give(purposes: Purpose[], by: "prompt" | "site"): Promise<boolean>;
  /** One of our other files; what was changed on its way does not run. */
  load(file: [path: string, integrity: string]): Promise<any>;
  /** What only some visitors and sites want: a function of panel.js. */
  panel(name: string, ...args: any[]): Promise<any>;
  /** Asks, in place of a question that is on the screen. */
  show(): Promise<void>;
  /** What is kept has changed. */
  keptChanged(): void;
  say(state: State): unknown;
};

/** A running recorder; `stop` ends what it keeps and sends, `hide` takes its sign away. */
export type Running = {
  stop(): void;
  hide(): void;
  /** Looks again at what is kept: the visitor may have paused, here or in another tab. */
  redraw(): void;
  /** What the site calls itself has changed. */
  relabel(): void;
  mark(name: string): void;
};

declare global {
  /** Paths, with the hash in the name, and integrity of our other files, put in by the build. */
  const RECORDER: [path: string, integrity: string];
  const PANEL: [path: string, integrity: string];
  const BACKGROUND: [path: string, integrity: string];
}
