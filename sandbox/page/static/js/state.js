// What the page knows, and who wants to hear of it.

export const state = {
  member: "alice",
  channel: "general",
  world: null,
  messages: [],
  live: { connected: false, commands: [], ahead: 0, switches: {}, supervised: false },
  unread: new Set(),
  revealed: new Set(),
  unfolded: new Set(),
};

const listeners = new Map();

export function on(name, act) {
  if (!listeners.has(name)) listeners.set(name, []);
  listeners.get(name).push(act);
}

export function emit(name, data) {
  for (const act of listeners.get(name) ?? []) act(data);
}

/** Seconds since 1970 by the sandbox's clock, which may have jumped. */
export const now = () => Date.now() / 1000 + state.live.ahead;

/** The word for a person, channel or role by id. */
export const nameOf = (id) => state.world?.names[id] ?? "somebody";

export function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // A browser without storage forgets; nothing else is lost.
  }
}

export function recall(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
