// Keeps a region of a page up to date: <div data-live="/events" data-live-lost="id-of-warning">…</div>
// Each server-sent event "update" carries the region's new HTML; without a script the page still works by reloading.
// A region may hold <p data-say>…</p>, spoken when it changes, and <data data-title value="…"> for the tab.
const RETRY_MS = 5000;

function follow(region) {
  const lost = document.getElementById(region.dataset.liveLost);
  const source = new EventSource(region.dataset.live);
  source.addEventListener("open", () => lost?.setAttribute("hidden", ""));
  source.addEventListener("update", (event) => replace(region, event.data));
  source.addEventListener("error", () => {
    lost?.removeAttribute("hidden"); // an old list must never look like a new one
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, RETRY_MS, region);
  });
}

function replace(region, html) {
  const focused = region.contains(document.activeElement) ? document.activeElement.id : "";
  const said = region.querySelector("[data-say]")?.textContent;
  const opened = [...region.querySelectorAll("details[id][open]")].map((details) => details.id);
  region.innerHTML = html;
  for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  const title = region.querySelector("[data-title]")?.value;
  if (title) document.title = title;
  const say = region.querySelector("[data-say]")?.textContent;
  if (say !== said) document.getElementById("spoken").textContent = say ?? "";
  region.dispatchEvent(new CustomEvent("live:update", { bubbles: true }));
}

for (const region of document.querySelectorAll("[data-live]")) follow(region);

// A form is sent once, however often the button is pressed.
document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

// After a refused form, the summary of errors is read first.
document.querySelector("[data-errors]")?.focus();
