// The stream of changes. It reconnects by itself; on each new connection everything is read again.

let source = null;

/** Opens the stream of what this member may see. `hear`: {open, channel, wire, state, lost}. */
export function follow(member, hear) {
  source?.close();
  source = new EventSource(`/page/events?${new URLSearchParams({ member })}`);
  const mine = source;
  for (const kind of ["channel", "wire", "state"]) {
    source.addEventListener(kind, (event) => {
      if (mine === source) hear[kind](JSON.parse(event.data));
    });
  }
  source.addEventListener("open", () => mine === source && hear.open());
  source.addEventListener("error", () => mine === source && hear.lost());
}
