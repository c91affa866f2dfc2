// The control API, as any script would use it, and the page's own few routes.

/** Why something was refused, in words. */
export class Problem extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

async function ask(method, path, body) {
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
    });
  } catch {
    throw new Problem("The sandbox does not answer. Is it still running?", 0);
  }
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Problem(said.error ?? `The sandbox answered ${answer.status}.`, answer.status);
  return said;
}

const query = (facts) => new URLSearchParams(facts).toString();

export const world = (member, channel) => ask("GET", `/page/world?${query({ member, channel })}`);
export const say = (body) => ask("POST", "/control/say", body);
export const turn = (name, on) => ask("POST", "/page/switch", { name, on });

export const messages = async (member, channel) =>
  (await ask("GET", `/control/messages?${query({ member, channel })}`)).messages;
export const command = (body) => ask("POST", "/control/command", body);
export const autocomplete = async (body) => (await ask("POST", "/control/autocomplete", body)).choices;
export const press = (body) => ask("POST", "/control/press", body);
export const submit = (body) => ask("POST", "/control/submit", body);
export const interaction = (id) => ask("GET", `/control/interactions/${encodeURIComponent(id)}`);
export const remove = (member, message_id) => ask("POST", "/control/delete", { member, message_id });
export const ledger = async () => (await ask("GET", "/control/ledger")).jobs;
export const wire = async () => (await ask("GET", "/control/wire")).records;
export const fault = (spec) => ask("POST", "/control/faults", spec);
export const advance = (seconds) => ask("POST", "/control/clock", { advance: seconds });
export const restart = () => ask("POST", "/control/restart", {});
