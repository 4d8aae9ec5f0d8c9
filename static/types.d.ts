// The shapes that the browser side shares. Types only: nothing of this file is loaded.

export type Device = "desktop" | "tablet" | "mobile";
export type Purpose = "heatmap" | "replay";
export type PageRule = { name: string; kind: "path" | "wildcard" | "regex"; pattern: string };

/** What GET /v1/recording answers. Times are ms since the epoch, by the server's clock. */
export type Recording = {
  id: string;
  site: string;
  nv: string;
  purpose: Record<string, string>;
  purposes: Purpose[];
  until: number;
  deadline: number;
  pages: PageRule[];
  releases: string | null;
  marks: string[];
  share: number;
  controller: string;
  recipients: string;
  region: string;
  authority: string;
  contact: string;
  gpc: "no" | "ask";
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
  /** The part of the visitor's session: one more after 30 idle minutes. */
  visit: number;
  /** When anything was last recorded, by this browser's clock. */
  last: number;
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
export type Spot = { hash: number; x: number; y: number; fx: number; fy: number };

/** What a signal is started with. */
export type Context = {
  /** Keeps one event. */
  add(kind: number, spot: Spot, pointer?: number): void;
  /** Ends the batch: what follows belongs to another view. */
  cut(): void;
  /** Begins another page view; how it was reached, and how long that took, ms. */
  view(way: number, took: number): void;
  /** Looks whether the address has become another page's. */
  turn(): void;
  /** Listens without being able to disturb the page; gives what removes the listeners. */
  listen(target: EventTarget, handlers: Record<string, (event: any) => void>): () => void;
  /** The same function, but its errors stay in here. */
  contain<A extends unknown[]>(work: (...args: A) => void): (...args: A) => void;
  /** The last click: its element's hash, and when (performance.now). */
  click: { hash: number; at: number };
};

/** Starts one signal; gives what stops it. */
export type Signal = (context: Context) => (() => void)[];

/** What a collector's answer means for a batch. */
export type Sender = {
  push(batch: Batch): void;
  /** Everything that waits goes now, for the page may be gone the next moment. */
  flush(): void;
  stop(): void;
};

export type Texts = typeof import("./lang/en.js").default;

/** What the loader hands on: it alone knows storage and requests. */
export type Session = {
  recording: Recording;
  texts: Texts;
  language: string;
  release: string;
  read(): Kept | null;
  write(entry: Kept): void;
  /** The address of a path at the collector. */
  at(path: string): string;
  /** Rejects without a network. */
  post(path: string, body: BodyInit): Promise<Response>;
  /** The collector says that it is over: withdrawn elsewhere, ended or destroyed. */
  gone(): void;
  /** The visitor says that it is over. Gives whether everything is erased already. */
  erase(): Promise<boolean>;
};

/** A running recorder; `stop` ends what it keeps and sends, `hide` takes its sign away. */
export type Running = {
  stop(): void;
  hide(): void;
  mark(name: string): void;
  page(name: string): void;
  release(name: string): void;
};
