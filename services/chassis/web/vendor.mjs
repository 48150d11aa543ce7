// Cuts static/kern.css out of the KERN design system: our components only, in logical properties (right-to-left).
// Run where node_modules is:  npm i @kern-ux/native@2.7.2 postcss && node vendor.mjs > static/kern.css
import { readFileSync } from "node:fs";
import postcss from "postcss";

const KEPT = /^\.kern-(alert|badge|btn|form-input|form-check|fieldset|label|hint|error|link|icon|sr-only|divider)(?![a-z])/;
const DROPPED = /sr-only-mobile|x-small|stretched|\[data-kern-theme|\.kern-(light|dark|layer|dialog|number|input-group|dropdown|card)|--width-/;
const ICONS = ["account-circle", "add", "arrow-back", "arrow-forward", "arrow-up", "autorenew", "calendar-today", "check",
  "checklist", "chevron-right", "close", "danger", "draft", "edit", "help", "home", "info", "language", "logout", "mail",
  "open-in-new", "search", "success", "visibility", "warning", "small", "large"];
const AXES = { left: "inline-start", right: "inline-end", top: "block-start", bottom: "block-end" };

const css = postcss.parse(readFileSync("node_modules/@kern-ux/native/dist/kern.css", "utf8"));

function isKept(selector) {
  if (selector === "*:not(i)" || selector.startsWith(":is(body") || [":root", "body", "html", "*", "*:before", "*:after"].includes(selector)) return true;
  if (selector === "a.kern-btn") return true;
  if (!KEPT.test(selector) || DROPPED.test(selector)) return false;
  return [...selector.matchAll(/kern-icon--([a-z-]+)/g)].every(([, icon]) => ICONS.includes(icon));
}

css.walkComments((comment) => comment.remove());
css.walkRules((rule) => {
  rule.selectors = rule.selectors.filter((s) => isKept(s));
  if (!rule.selector) rule.remove();
  else if (rule.selector.startsWith(":is(body")) rule.selector = "body";
});

const logical = (value) => value.replace(/^(left|right)$/, (side) => (side === "left" ? "start" : "end"));
css.walkDecls((decl) => {
  if (decl.prop.startsWith("-webkit-mask")) return decl.remove();
  if (/^(margin|padding)-(left|right|top|bottom)$/.test(decl.prop)) decl.prop = decl.prop.replace(/(left|right|top|bottom)$/, (s) => AXES[s]);
  else if (/^border-(left|right)(-|$)/.test(decl.prop)) decl.prop = decl.prop.replace(/(left|right)/, (s) => AXES[s]);
  else if (/^(left|right)$/.test(decl.prop)) decl.prop = `inset-${AXES[decl.prop]}`;
  else if (decl.prop === "text-align") decl.value = logical(decl.value);
  else if (/^(float|clear)$/.test(decl.prop)) decl.value = decl.value.replace(/^(left|right)$/, (s) => (s === "left" ? "inline-start" : "inline-end"));
  else if (decl.prop === "padding" || decl.prop === "margin") {
    const sides = postcss.list.space(decl.value);
    if (sides.length !== 4 || sides[1] === sides[3]) return;
    decl.before({ prop: `${decl.prop}-block`, value: `${sides[0]} ${sides[2]}` });
    decl.before({ prop: `${decl.prop}-inline`, value: `${sides[3]} ${sides[1]}` });
    decl.remove();
  }
});

for (let before = -1, now = 0; before !== now;) { // a token is used by rules or by a token that is
  const used = new Set([...css.toString().matchAll(/var\((--[\w-]+)/g)].map(([, name]) => name));
  before = now;
  css.walkDecls(/^--/, (decl) => { if (!used.has(decl.prop) && !decl.prop.includes("-color-feedback-") && !decl.prop.includes("-layout-")) { decl.remove(); now += 1; } });
}
for (let again = true; again;) {
  again = false;
  css.walk((node) => { if (node.nodes && node.nodes.length === 0) { node.remove(); again = true; } });
}
css.walk((node) => { node.raws.before = node.parent === css ? "\n" : ""; node.raws.after = ""; if (node.type === "decl") node.raws.between = ":"; });
console.log(`/* KERN design system 2.7.2, EUPL-1.2; cut and made bidirectional by vendor.mjs, see NOTICE.md */${css.toString().replace('@charset "UTF-8";', "")}`);
