// What Scenario would have charged, in CU.
import { ledger } from "./api.js";
import { el } from "./dom.js";
import { on } from "./state.js";

const number = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });
const OVER = new Set(["success", "failure", "canceled"]);

export function ledgerPanel() {
  const total = el("strong", { class: "total-sum", text: "0" });
  const note = el("p", { class: "total-note" });
  const rows = el("tbody");
  const table = el(
    "table",
    { class: "ledger" },
    el("caption", { class: "unseen", text: "Paid requests" }),
    el("thead", {}, el("tr", {}, el("th", { scope: "col", text: "Request" }), el("th", { scope: "col", text: "State" }), el("th", { scope: "col", class: "sum", text: "CU" }))),
    rows,
  );
  const none = el("p", { class: "panel-empty", text: "Nothing was bought yet. Prices are asked for with dry runs, which cost nothing." });
  const element = el("div", { class: "ledger-panel" }, el("div", { class: "total" }, total, el("span", { class: "total-unit", text: "CU" }), note), table, none);
  let visible = false;
  let open = true;
  let timer = 0;

  async function load() {
    const jobs = await ledger().catch(() => null);
    if (!jobs) return;
    const kept = jobs.filter((one) => !one.refunded).reduce((sum, one) => sum + one.cu, 0);
    const back = jobs.filter((one) => one.refunded).length;
    total.textContent = number.format(kept);
    note.textContent = `${jobs.length} paid ${jobs.length === 1 ? "request" : "requests"}${back ? `, ${back} given back` : ""}. No real money.`;
    rows.replaceChildren(...jobs.toReversed().map(row));
    table.hidden = !jobs.length;
    none.hidden = jobs.length > 0;
    open = jobs.some((one) => !OVER.has(one.status));
  }
  function soon() {
    if (!visible || timer) return;
    timer = setTimeout(() => {
      timer = 0;
      load();
    }, 250);
  }
  on("wire", (record) => record.half === "scenario" && soon());
  setInterval(() => open && soon(), 2000);
  return {
    element,
    seen: (now) => {
      visible = now;
      if (now) load();
    },
  };
}

function row(job) {
  const words = job.inputs?.prompt ?? job.job_id;
  return el(
    "tr",
    { class: job.refunded ? "refunded" : null },
    el("td", {}, el("span", { class: "ledger-prompt", text: words }), el("small", { text: job.model_id })),
    el("td", {}, el("span", { class: `job-state ${job.status}`, text: job.status })),
    el("td", { class: "sum" }, el("span", { text: number.format(job.cu) }), job.refunded && el("small", { text: "given back" })),
  );
}
