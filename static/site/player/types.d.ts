/** One state of a page: its picture, or boxes in place of one, px of the snapshot. */
export type Backdrop = {
  state: string;
  width: number;
  height: number;
  picture: string | null;
  /** What stays while the page scrolls: a box of the picture, and where its top is in the window then. */
  pinned: [x: number, y: number, w: number, h: number, to: number][];
  boxes?: [x: number, y: number, w: number, h: number, name: string][];
};

/** Places in the window, px, and when, ms. */
export type Points = { t: number[]; x: number[]; y: number[]; touch: boolean };

export type Line = { t: number; kind: string; text: string; trouble?: string; at?: [number, number] };

/** A page in a window, as `heatmap/replay.py` gives it. Times are ms since the session's first event. */
export type View = {
  page: string;
  device: string;
  release: string;
  variant: string;
  viewport: [number, number];
  /** Size of the window that is shown: the visitor's, or wider where the snapshot needs it. */
  stage: [number, number];
  from: number;
  to: number;
  states: Backdrop[];
  /** When the page was in which state. */
  turns: [t: number, state: number][];
  scroll: { t: number[]; y: number[] };
  path: Points;
  clicks: Points;
  covers: { from: number; to: number; box: [number, number, number, number]; name: string }[];
  story: Line[];
};

export type Replay = { length: number; pauses: { t: number; ms: number }[]; views: View[] };
