// What this page's member asked for and the bot has not answered yet.
import { interaction, Problem } from "./api.js";
import { emit, state } from "./state.js";

const EVERY = 700;
export const SILENT = "The application did not respond";

/** Each: {id, kind, member, channel, name, messageId, key, failed}. */
export const pending = [];

/** Follows an interaction until it is answered, opens a modal, or fails. Without an id it failed at once. */
export function track(id, about) {
  drop((one) => one.failed && one.kind === about.kind && one.messageId === about.messageId);
  pending.push({ id, member: state.member, channel: state.channel, failed: null, at: Date.now(), ...about });
  emit("pending");
}

export function drop(matches) {
  for (let at = pending.length - 1; at >= 0; at -= 1) if (matches(pending[at])) pending.splice(at, 1);
}

export function dismiss(one) {
  drop((each) => each === one);
  emit("pending");
}

/** What these messages answer is on its way no more, also when they are gone in a moment. */
export function arrived(messages) {
  const answered = new Set(messages.map((one) => one.interaction_id).filter(Boolean));
  drop((one) => answered.has(one.id));
}

export const mine = () => pending.filter((one) => one.member === state.member && one.channel === state.channel);

async function check(one) {
  let facts;
  try {
    facts = await interaction(one.id);
  } catch (problem) {
    if (!(problem instanceof Problem) || problem.status !== 404) return;
    facts = { state: "failed" };
  }
  if (!pending.includes(one) || facts.state === "sent") return;
  if (facts.state === "failed") one.failed = SILENT;
  else drop((each) => each === one);
  emit("pending");
  if (facts.state === "modal" && one.member === state.member) emit("modal", { interaction: one.id, modal: facts.modal, key: one.key });
}

/** Looks again, for all or for the one that this path names. */
export function recheck(path = "") {
  for (const one of [...pending]) if (one.id && !one.failed && path.includes(one.id)) check(one);
}

setInterval(() => {
  for (const one of [...pending]) if (one.id && !one.failed) check(one);
}, EVERY);
