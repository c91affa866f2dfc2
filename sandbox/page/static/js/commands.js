// The synced commands as a member meets them: one entry for each way to call one.

const SUB = 1;
const GROUP = 2;
const CHAT = 1;

export const TYPES = {
  3: "text",
  4: "whole number",
  5: "true or false",
  6: "member",
  7: "channel",
  8: "role",
  9: "member or role",
  10: "number",
  11: "file",
};

/** Every way to call these commands: {name, call, description, options}; "workflow run" is one way. `name` is what
 *  the member reads, `call` what goes over the wire. */
export function ways(commands) {
  return commands.filter((one) => one.type === CHAT).flatMap((one) => unfold(one, one.name, one.call));
}

function unfold(part, name, call) {
  const below = (part.options ?? []).filter((one) => one.type === SUB || one.type === GROUP);
  if (below.length) return below.flatMap((one) => unfold(one, `${name} ${one.name}`, `${call} ${one.call}`));
  return [{ name, call, description: part.description, options: part.options ?? [] }];
}

/** The ways that fit what was typed after the slash, those that begin with it first. */
export function matching(all, text) {
  const wanted = text.toLowerCase().trim();
  const rank = ({ name, call }) => (name.startsWith(wanted) ? 0 : name.includes(wanted) || call.startsWith(wanted) ? 1 : 2);
  return all.filter((one) => rank(one) < 2).sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}

/** `/imagine prompt: a fox seed: 7` → [way, {prompt: "a fox", seed: "7"}], or null. Commands and options go by the
 *  member's names for them or by those of the wire. */
export function parse(all, text) {
  const [way, typed] = all
    .flatMap((one) => [one.name, one.call].map((name) => [one, name]))
    .filter(([, name]) => text === `/${name}` || text.startsWith(`/${name} `))
    .sort(([, a], [, b]) => b.length - a.length)[0] ?? [];
  if (!way) return null;
  const rest = text.slice(typed.length + 1);
  const calls = new Map(way.options.flatMap((one) => [[one.call, one.call], [one.name, one.call]]));
  const marks = [...rest.matchAll(/(?:^|\s)([\p{L}\p{N}_-]{1,32}):/gu)].filter((mark) => calls.has(mark[1]));
  const given = {};
  marks.forEach((mark, number) => {
    const end = marks[number + 1]?.index ?? rest.length;
    given[calls.get(mark[1])] = rest.slice(mark.index + mark[0].length, end).trim();
  });
  const loose = rest.slice(0, marks[0]?.index ?? rest.length).trim();
  const first = wordy(way);
  if (loose && first && given[first.call] === undefined) given[first.call] = loose;
  return [way, given];
}

/** The option that words typed straight after the command belong to: a text that is needed, else the first free one. */
export function wordy(way) {
  const texts = way.options.filter((one) => one.type === 3);
  return texts.find((one) => one.required) ?? texts.find((one) => !one.autocomplete && !one.choices?.length);
}

/** What an option takes, in words. */
export function explain(option) {
  const parts = [TYPES[option.type] ?? "value"];
  if (option.choices?.length) parts[0] = `one of ${option.choices.length}`;
  const { min_value: least, max_value: most, min_length: shortest, max_length: longest } = option;
  if (least !== undefined && most !== undefined) parts.push(`${least} to ${most}`);
  else if (least !== undefined) parts.push(`at least ${least}`);
  else if (most !== undefined) parts.push(`at most ${most}`);
  if (shortest || longest) parts.push(longest ? `${shortest || 1} to ${longest} characters` : `at least ${shortest} characters`);
  if (option.autocomplete) parts.push("suggestions as you type");
  parts.push(option.required ? "required" : "optional");
  return parts.join(" · ");
}

/** What is wrong with a text for this option, or null. Discord's own client checks the same. */
export function mistake(option, value) {
  if (value === undefined || value === "") return option.required ? "This is required." : null;
  switch (option.type) {
    case 3: {
      const least = option.min_length || 1;
      const most = option.max_length ?? 6000;
      const length = [...String(value)].length;
      if (length < least || length > most) return `${least} to ${most} characters are allowed, this has ${length}.`;
      return null;
    }
    case 4:
    case 10: {
      const number = Number(value);
      if (!Number.isFinite(number) || String(value).trim() === "") return "This takes a number.";
      if (option.type === 4 && !Number.isInteger(number)) return "This takes a whole number.";
      const { min_value: least = -(2 ** 53), max_value: most = 2 ** 53 } = option;
      if (number < least || number > most) {
        return option.min_value !== undefined && option.max_value !== undefined
          ? `This takes ${least} to ${most}.`
          : number < least ? `At least ${least}.` : `At most ${most}.`;
      }
      return null;
    }
    default:
      return null;
  }
}
