// Which files the page itself may show.
const CDN = "/discord/cdn/";

/** The address on this page's own origin, or null for what lies elsewhere. */
export function local(url) {
  try {
    const parsed = new URL(url, location.href);
    const loopback = ["127.0.0.1", "localhost", "[::1]", location.hostname].includes(parsed.hostname);
    return loopback && parsed.pathname.startsWith(CDN) ? parsed.pathname + parsed.search : null;
  } catch {
    return null;
  }
}
