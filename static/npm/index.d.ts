export type Purpose = "heatmap" | "replay";
/** Nothing is recorded here, the visitor is asked, recorded, has paused it, has said no or it is over. */
export type State = "none" | "asking" | "on" | "paused" | "off";

/** What must be shown before a yes: `version` names it, `url` is the full text, the rest is the first layer. */
export type Notice = { version: string; url: string; purposes: Purpose[]; [text: string]: unknown };

export type Options = {
  /** The site's version, so that pictures can be told apart by it. */
  release?: string;
  /** Which of several ways the page is shown in. */
  variant?: string;
  /** `"off"`: the site asks by itself. */
  prompt?: "off";
  /** The script's path at the collector and its integrity, as `yesmap tag` prints them. */
  src?: string;
  integrity?: string;
};

export interface Yesmap {
  /** Whether something is recorded on this site. */
  readonly ready: Promise<boolean>;
  /** What must be shown before a yes; null when nothing is recorded, or not on a window this wide. */
  notice(): Promise<Notice | null>;
  /** A yes from the site's own tool; `notice` is the version that was shown, else it throws. */
  allow(choice: { purposes: Purpose[]; notice: string }): Promise<void>;
  /** A no; it takes back a yes. */
  refuse(): Promise<void>;
  /** Stops and erases; false: the rest follows once there is a connection. */
  stop(): Promise<boolean>;
  /** Holds, or with false goes on. */
  pause(paused?: boolean): Promise<void>;
  /** Opens or closes the panel. */
  open(): void;
  /** The address of what became of it, also after the end, or null. */
  receipt(): Promise<string | null>;
  /** A page, or a step, that the recording declares. */
  page(name: string): void;
  mark(name: string): void;
  /** What is shown from now on. */
  release(name: string): void;
  variant(name: string): void;
  state(): State;
}

/** Puts the tag on the page, once; gives what it puts on `window`. */
export function load(collector: string, options?: Options): Promise<Yesmap>;

declare global {
  interface Window {
    yesmap: Yesmap;
  }
  interface WindowEventMap {
    yesmap: CustomEvent<{ state: State }>;
  }
}
