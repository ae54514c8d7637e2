"use strict";
(() => {
  const DATA = JSON.parse(document.getElementById("data").textContent);
  const SEVERITIES = DATA.severities;
  const RANK = Object.fromEntries(SEVERITIES.map((s, n) => [s, SEVERITIES.length - n]));
  const PAGE_SIZE = 50;
  const SVG = "http://www.w3.org/2000/svg";
  const $ = (id) => document.getElementById(id);

  // ---- What the address after # holds: the state of the page, so that a view can be linked. ----
  const state = { report: 0, lang: DATA.lang, theme: "", q: "", severity: new Set(), kind: "", type: "", layer: "", fix: false, kev: false, sort: "", dir: "", page: 1, open: "" };

  function readAddress() {
    const p = new URLSearchParams(location.hash.slice(1));
    const lang = p.get("lang");
    state.lang = lang === "en" || lang === "zh-CN" ? lang : DATA.lang;
    state.theme = ["light", "dark"].includes(p.get("theme")) ? p.get("theme") : "";
    state.report = Math.min(Math.max(0, parseInt(p.get("report") || "0", 10) || 0), Math.max(0, DATA.reports.length - 1));
    state.q = p.get("q") || "";
    state.severity = new Set((p.get("severity") || "").split(",").filter((s) => SEVERITIES.includes(s)));
    for (const key of ["kind", "type", "layer", "sort", "dir", "open"]) state[key] = p.get(key) || "";
    state.fix = p.get("fix") === "1";
    state.kev = p.get("kev") === "1";
    state.page = Math.max(1, parseInt(p.get("page") || "1", 10) || 1);
  }

  function writeAddress() {
    const p = new URLSearchParams();
    if (state.report) p.set("report", state.report);
    if (state.lang !== DATA.lang) p.set("lang", state.lang);
    for (const key of ["theme", "q", "kind", "type", "layer", "sort", "dir", "open"]) if (state[key]) p.set(key, state[key]);
    if (state.severity.size) p.set("severity", [...state.severity].join(","));
    if (state.fix) p.set("fix", "1");
    if (state.kev) p.set("kev", "1");
    if (state.page > 1) p.set("page", state.page);
    const text = p.toString().replaceAll("%2C", ",");
    history.replaceState(null, "", text ? "#" + text : location.pathname + location.search);
  }

  // ---- Words. ----
  const column = () => (state.lang === "zh-CN" ? 1 : 0);
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => (values && name in values ? values[name] : ""));
  const number = (n) => n.toLocaleString("en-US");
  function t(key, values) {
    const text = DATA.texts[key][column()];
    return fill(column() === 0 && text.includes("|") ? text.split("|")[1] : text, values);
  }
  function many(key, n) {
    const text = DATA.texts[key][column()];
    const forms = column() === 0 ? text.split("|") : [text];
    return fill(n === 1 ? forms[0] : forms[forms.length - 1], { n: number(n) });
  }
  const both = (pair) => pair[column()];
  const severityWord = (s) => {
    const word = t(s);
    return word.charAt(0).toUpperCase() + word.slice(1);
  };
  const percent = (share) => {
    const p = share * 100;
    return p >= 99.5 ? ">99%" : p >= 9.95 ? p.toFixed(0) + "%" : p >= 0.1 ? p.toFixed(1) + "%" : "<0.1%";
  };
  const share = (part, all) => (all ? Math.round((part / all) * 100) : 0) + "%";

  // ---- Elements; text is always a text node. ----
  function add(node, children) {
    for (const child of children.flat(3)) {
      if (child === null || child === undefined || child === false || child === "") continue;
      node.append(child instanceof Node ? child : document.createTextNode(String(child)));
    }
    return node;
  }
  function h(name, attributes, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (value === undefined || value === null || value === false) continue;
      if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else node.setAttribute(key, value === true ? "" : value);
    }
    return add(node, children);
  }
  function s(name, attributes, ...children) {
    const node = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (value === undefined || value === null || value === false) continue;
      if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else node.setAttribute(key, value);
    }
    return add(node, children);
  }
  const bdi = (text, cls) => h("bdi", { class: cls }, text);
  const set = (node, ...children) => add((node.replaceChildren(), node), children);
  const badge = (severity) => h("span", { class: "badge " + severity }, severityWord(severity));
  const kevTag = () => h("span", { class: "kev", title: t("known_exploited") }, t("kev"));
  /// A box whose share of its row is `grow`; styles set by script are not subject to the page's policy.
  function box(cls, grow, title) {
    const node = h("i", { class: cls, title });
    node.style.flexGrow = grow;
    return node;
  }
  const shorten = (text, most) => (text.length > most ? text.slice(0, most - 1) + "…" : text);

  // ---- The report at hand, and what is worked out from it once. ----
  let R = null;
  let groups = [];
  let vulnerable = new Map();
  let view = [];

  function choose() {
    R = DATA.reports[state.report] || null;
    if (!R || R.ready) return void (R && ({ groups, vulnerable } = R.ready));
    R.findings.forEach((f, index) => {
      f.index = index;
      f.score = f.cvss.reduce((most, c) => Math.max(most, c.score), -1);
      f.fixed = f.package ? f.package.fixed : [];
      f.fixable = f.status === "fixed";
      f.hay = [f.id, f.aliases, f.title, f.package ? [f.package.name, f.package.purl, f.package.version] : [], f.places.map((p) => p.path), f.evidence.map((e) => [e.source, e.symbols])].flat(3).join("\n").toLowerCase();
      f.layers = new Set(f.places.map((p) => p.layer).filter((l) => l !== null));
    });
    groups = [];
    vulnerable = new Map();
    for (const f of R.findings) {
      if (!f.package) continue;
      const key = f.package.purl;
      let group = vulnerable.get(key);
      if (!group) {
        group = { name: f.package.name, version: f.package.version, type: f.package.type, findings: [] };
        vulnerable.set(key, group);
        groups.push(group);
      }
      group.findings.push(f);
    }
    for (const group of groups) {
      group.worst = group.findings.reduce((w, f) => (RANK[f.severity] > RANK[w] ? f.severity : w), "unknown");
      group.epss = group.findings.reduce((m, f) => Math.max(m, f.epss ? f.epss.score : -1), -1);
      group.kev = group.findings.some((f) => f.kev);
    }
    R.ready = { groups, vulnerable };
  }

  // ---- Sections. ----
  function drawSubject() {
    const fact = (name, value) => value && h("span", null, name, h("b", null, bdi(value)));
    set($("subject"),
      h("h1", null, bdi(R.name)),
      h("div", { class: "facts" },
        h("span", { class: "kindtag" }, t(R.kind)),
        R.os && h("span", null, h("b", null, bdi(R.os))),
        fact(t("kernel"), R.kernel),
        R.platform && h("span", null, bdi(R.platform)),
        R.digest && h("span", { title: R.digest }, h("code", null, R.digest.slice(0, 19))),
        h("span", null, t("scanned", { date: R.created.replace("T", " ").replace("Z", " UTC") })),
        R.database && R.database.built && h("span", null, t("database_of", { date: R.database.built }))));
  }

  function notice(kind, title, body, target) {
    return h("div", { class: "notice " + kind, role: "note" }, h("span", { class: "sign", "aria-hidden": "true" }, "!"), h("div", null, h("b", null, title), body, " ", target && h("a", { href: "#" + target, onclick: jump(target) }, "→")));
  }
  const jump = (id) => (event) => {
    event.preventDefault();
    $(id).scrollIntoView();
  };

  function drawNotices() {
    const out = [];
    const names = (judged) => R.coverage.filter((c) => c.judged === judged && c.packages > 0).map((c) => c.ecosystem).join(column() ? "、" : ", ");
    if (R.errors.some((e) => e.fatal)) out.push(notice("alarm", t("fatal_title"), both(R.errors.find((e) => e.fatal).message), "errors"));
    if (R.old) out.push(notice("", many("database_old_title", R.age), t("database_old_body")));
    if (R.summary.unjudged_packages) out.push(notice("", many("unjudged_title", R.summary.unjudged_packages), t("unjudged_body", { names: names("no") }), "coverage"));
    if (names("partial")) out.push(notice("", t("selection_title", { names: names("partial") }), t("selection_body"), "coverage"));
    if (names("fixed-only")) out.push(notice("", t("partly_title", { names: names("fixed-only") }), t("partly_body"), "coverage"));
    set($("notices"), out);
  }

  function drawFigures() {
    const by = R.summary.by_severity;
    const all = R.summary.findings;
    const figure = (title, n, note, cls, go) => h(go ? "button" : "div", { class: "figure " + (cls || ""), type: go && "button", onclick: go }, h("h3", null, title), h("div", { class: "big" }, number(n)), h("div", { class: "note" }, note));
    const pressing = by.critical + by.high;
    const stack = h("div", { class: "stack", "aria-hidden": "true" }, SEVERITIES.filter((x) => by[x]).map((x) => box(x, by[x], severityWord(x) + " " + by[x])));
    const words = SEVERITIES.filter((x) => by[x]).map((x) => number(by[x]) + " " + t(x)).join(" · ");
    set($("figures"),
      h("div", { class: "figure" }, h("h3", null, t("findings")), h("div", { class: "big" }, number(all)), all > 0 && stack, h("div", { class: "note" }, words || t(R.coverage.some((c) => c.judged !== "no") ? "no_findings" : "nothing_judged"))),
      figure(t("critical_high"), pressing, t("of_findings", { share: share(pressing, all) }), pressing ? "alarm" : "good", () => filter({ severity: new Set(["critical", "high"]) })),
      figure(t("known_exploited"), R.summary.exploited, t("kev_note"), R.summary.exploited ? "alarm" : "good", () => filter({ kev: true })),
      figure(t("fixed_version_exists"), R.summary.fixable, t("of_findings", { share: share(R.summary.fixable, all) }), "good", () => filter({ fix: true })),
      figure(t("vulnerable"), groups.length, t("of_packages", { n: number(R.summary.packages) }), ""),
      figure(t("not_judged"), R.summary.unjudged_packages, R.summary.unjudged_packages ? t("no_source") : t("all_judged"), R.summary.unjudged_packages ? "warn" : "good"));
  }

  function drawFirst() {
    const loose = R.findings.filter((f) => !f.package && RANK[f.severity] >= RANK.high).slice(0, 2);
    const top = groups.slice(0, 6 - loose.length);
    if (!top.length && !loose.length) return set($("first"));
    let rank = 0;
    const row = (severity, name, fix, why) => h("li", null, h("span", { class: "rank" }, ++rank), badge(severity), name, fix, h("span", { class: "why" }, why));
    const setting = (f) => row(f.severity,
      h("span", { class: "name" }, h("button", { type: "button", onclick: () => openFinding(f) }, bdi(both(f.title)))),
      h("span", { class: "fix" }, bdi(both(f.remediation))), [h("span", { class: "tag" }, t(f.kind)), bdi(f.id, "mono")]);
    const packaged = (g) => {
      const fix = g.findings.find((f) => f.fixed.length);
      return row(g.worst,
        h("span", { class: "name" }, h("button", { type: "button", onclick: () => filter({ q: g.name + " " + g.version }) }, bdi(g.name)), " ", bdi(g.version, "quiet"), " ", h("span", { class: "tag" }, g.type)),
        h("span", { class: fix ? "fix" : "quiet" }, fix ? t("upgrade", { version: fix.fixed[0] }) : t("status_" + g.findings[0].status.replaceAll("-", "_"))),
        [g.kev && kevTag(), bdi(g.findings[0].id, "mono"), g.epss >= 0 && h("span", null, t("epss") + " " + percent(g.epss)), h("span", null, many("removes", g.findings.length))]);
    };
    set($("first"), h("div", { class: "head" }, h("h2", null, t("do_first")), h("span", { class: "quiet" }, t("do_first_note"))), h("ol", { class: "first" }, loose.map(setting), top.map(packaged)));
  }

  // ---- Charts. ----
  function chart(title, note, body) {
    return h("section", { class: "card" }, h("h2", null, title), note && h("p", { class: "note" }, note), body);
  }

  function donut() {
    const by = R.summary.by_severity;
    const all = R.summary.findings;
    const size = 200, outer = 96, inner = 62;
    const point = (radius, turn) => [100 + radius * Math.sin(turn * 2 * Math.PI), 100 - radius * Math.cos(turn * 2 * Math.PI)].map((v) => v.toFixed(2)).join(" ");
    const picture = s("svg", { viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": t("by_severity") });
    let turn = 0;
    for (const severity of SEVERITIES.filter((x) => by[x])) {
      const part = by[severity] / all;
      const end = Math.min(turn + part, turn + 0.9999);
      const large = part > 0.5 ? 1 : 0;
      const path = `M${point(outer, turn)}A${outer} ${outer} 0 ${large} 1 ${point(outer, end)}L${point(inner, end)}A${inner} ${inner} 0 ${large} 0 ${point(inner, turn)}Z`;
      picture.append(s("path", { d: path, class: severity + " hit", stroke: "var(--card)", "stroke-width": 2, onclick: () => filter({ severity: new Set([severity]) }) }, s("title", null, severityWord(severity) + " " + by[severity])));
      turn += part;
    }
    if (!all) picture.append(s("circle", { cx: 100, cy: 100, r: (outer + inner) / 2, fill: "none", class: "grid", "stroke-width": outer - inner }));
    picture.append(s("text", { x: 100, y: 108, "text-anchor": "middle", class: "total" }, number(all)), s("text", { x: 100, y: 128, "text-anchor": "middle" }, t("findings")));
    const legend = h("div", { class: "legend" }, SEVERITIES.filter((x) => by[x] || !["none", "unknown"].includes(x)).map((x) => h("button", { type: "button", onclick: () => filter({ severity: new Set([x]) }) }, h("i", { class: x }), severityWord(x), h("b", null, number(by[x])), h("span", { class: "share" }, share(by[x], all)))));
    return chart(t("by_severity"), "", h("div", { class: "donut" }, picture, legend));
  }

  // Four bands of equal width, one for each severity; EPSS from 0.01 % to 100 % in powers of ten.
  function scatter() {
    const W = 640, H = 300, L = 52, T = 14, B = 34, right = 8;
    const bands = ["low", "medium", "high", "critical"];
    const ranges = { low: [0, 4], medium: [4, 7], high: [7, 9], critical: [9, 10.01] };
    const width = (W - L - right) / bands.length;
    const y = (p) => T + (H - T - B) * (1 - Math.max(0, Math.log10(Math.max(p, 0.0001)) + 4) / 4);
    const picture = s("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": t("likelihood") });
    bands.forEach((band, n) => {
      if (n % 2) picture.append(s("rect", { x: L + n * width, y: T, width, height: H - T - B, class: "band" }));
      picture.append(s("text", { x: L + (n + 0.5) * width, y: H - 12, "text-anchor": "middle", class: "strong" }, severityWord(band)));
    });
    picture.append(s("rect", { x: L + 2 * width, y: T, width: 2 * width, height: y(0.1) - T, class: "zone" }), s("text", { x: L + 2 * width + 8, y: y(0.1) - 8, class: "zone-name" }, t("act_now")));
    for (const [p, word] of [[1, "100%"], [0.1, "10%"], [0.01, "1%"], [0.001, "0.1%"], [0.0001, "0.01%"]]) {
      picture.append(s("line", { x1: L, x2: W - right, y1: y(p), y2: y(p), class: "grid" }), s("text", { x: L - 8, y: y(p) + 4, "text-anchor": "end" }, word));
    }
    const cells = new Map();
    let missing = 0;
    for (const f of R.findings) {
      const band = bands.indexOf(f.severity);
      if (!f.epss || band < 0) {
        missing += f.kind === "vulnerability" ? 1 : 0;
        continue;
      }
      const [low, high] = ranges[f.severity];
      const inside = f.score >= low && f.score < high ? (f.score - low) / (high - low) : 0.5;
      const x = L + (band + 0.06 + inside * 0.88) * width;
      const key = x.toFixed(0) + " " + (y(f.epss.score) / 3).toFixed(0);
      const cell = cells.get(key);
      if (cell) cell.push(f);
      else cells.set(key, [f]);
      f.x = x;
    }
    const ordered = [...cells.values()].sort((a, b) => Number(a.some((f) => f.kev)) - Number(b.some((f) => f.kev)));
    for (const cell of ordered) {
      const f = cell.find((c) => c.kev) || cell[0];
      const ids = [...new Set(cell.map((c) => c.id))];
      const words = ids.slice(0, 4).join(", ") + (ids.length > 4 ? " +" + (ids.length - 4) : "") + " · " + t("epss") + " " + percent(f.epss.score);
      picture.append(s("circle", { cx: f.x.toFixed(1), cy: y(f.epss.score).toFixed(1), r: Math.min(12, 4 + 1.3 * Math.sqrt(cell.length - 1) + (f.kev ? 1.5 : 0)), class: "dot hit " + f.severity + (f.kev ? " exploited" : ""), onclick: () => openFinding(f) }, s("title", null, words)));
    }
    return chart(t("likelihood"), t("likelihood_note") + (missing ? (column() ? "；" : " · ") + many("not_plotted", missing) : ""), picture);
  }

  function barRows(rows, W, draw) {
    const step = 30, H = Math.max(1, rows.length) * step + 4;
    const picture = s("svg", { viewBox: `0 0 ${W} ${H}`, role: "img" });
    rows.forEach((row, n) => draw(picture, row, n * step));
    return picture;
  }

  function byType() {
    const counts = new Map();
    for (const [type] of R.packages) counts.set(type, (counts.get(type) || 0) + 1);
    const bad = new Map();
    for (const g of groups) bad.set(g.type, (bad.get(g.type) || 0) + 1);
    const W = 450;
    const rows = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 10);
    const most = Math.max(1, ...rows.map((r) => r[1]));
    return chart(t("by_type"), t("by_type_note"), barRows(rows, W, (picture, [type, all], y) => {
      const n = Math.min(all, bad.get(type) || 0);
      const scale = (v) => (v ? Math.max(3, (v / most) * (W - 170)) : 0);
      picture.append(s("text", { x: 0, y: y + 19, class: "strong" }, type),
        s("rect", { x: 90, y: y + 6, width: scale(all), height: 18, rx: 4, class: "back" }),
        s("rect", { x: 90, y: y + 6, width: scale(n), height: 18, rx: 4, class: "front hit", onclick: () => filter({ type }) }, s("title", null, type + " " + n + " / " + all)),
        s("text", { x: 98 + scale(all), y: y + 19 }, number(n) + " / " + number(all)));
    }));
  }

  function stackedBars(title, rows) {
    const most = Math.max(1, ...rows.map((r) => r.findings.length));
    const W = 640;
    return chart(title, "", barRows(rows, W, (picture, row, y) => {
      const label = 268, room = W - label - 50;
      picture.append(s("text", { x: 0, y: y + 19, class: "strong" }, shorten(row.name, 40), s("title", null, row.name)));
      let x = label;
      for (const severity of SEVERITIES) {
        const n = row.findings.filter((f) => f.severity === severity).length;
        const width = (n / most) * room;
        if (n) picture.append(s("rect", { x: x.toFixed(1), y: y + 6, width: Math.max(1, width - 1).toFixed(1), height: 18, rx: 2, class: severity + " hit", onclick: () => row.go(severity) }, s("title", null, severityWord(severity) + " " + n)));
        x += width;
      }
      picture.append(s("text", { x: x + 8, y: y + 19 }, number(row.findings.length)));
    }));
  }

  function byLayer() {
    const rows = R.layers.map((layer, n) => ({ name: n + 1 + " · " + (layer.command.replace(/^\/bin\/sh -c (#\(nop\) )?\s*/, "") || layer.digest.slice(0, 19)), findings: R.findings.filter((f) => f.layers.has(n)), go: (x) => filter({ layer: String(n), severity: new Set([x]) }) }));
    const shown = rows.length > 12 ? rows.filter((r) => r.findings.length).slice(0, 12) : rows;
    return stackedBars(t("by_layer"), shown);
  }

  function byPackage() {
    const rows = [...groups].sort((a, b) => b.findings.length - a.findings.length).slice(0, 8);
    return stackedBars(t("by_package"), rows.map((g) => ({ name: g.name + " " + g.version, findings: g.findings, go: (x) => filter({ q: g.name + " " + g.version, severity: new Set([x]) }) })));
  }

  function drawCharts() {
    const fourth = R.layers.length && R.findings.some((f) => f.layers.size) ? byLayer() : byPackage();
    set($("charts"), R.database || R.findings.length ? [donut(), scatter(), byType(), fourth] : [byType()]);
  }

  // ---- Findings: filter, order, page. ----
  const COLUMNS = [
    ["severity", () => t("severity"), (a, b) => RANK[b.severity] - RANK[a.severity]],
    ["id", () => t("vulnerability_column"), (a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)],
    ["package", () => t("package"), (a, b) => name(a).localeCompare(name(b), "en")],
    ["installed", () => t("installed"), null],
    ["fixed", () => t("fixed_in"), (a, b) => Number(b.fixable) - Number(a.fixable)],
    ["score", () => t("score"), (a, b) => b.score - a.score],
    ["epss", () => t("epss"), (a, b) => (b.epss ? b.epss.score : -1) - (a.epss ? a.epss.score : -1)],
  ];
  const name = (f) => (f.package ? f.package.name : "\uffff");

  function drawFilters() {
    const options = (node, first, values, chosen) => {
      set(node, h("option", { value: "" }, first), values.map(([value, word]) => h("option", { value }, word)));
      node.value = values.some(([value]) => value === chosen) ? chosen : "";
      node.hidden = values.length < 2;
    };
    const of = (pick) => [...new Set(R.findings.map(pick).filter(Boolean))].sort();
    options($("kind"), t("all_kinds"), of((f) => f.kind).map((k) => [k, t(k)]), state.kind);
    options($("type"), t("all_types"), of((f) => f.package && f.package.type).map((k) => [k, k]), state.type);
    const layers = R.layers.map((layer, n) => [String(n), t("layer_n", { n: n + 1 }) + " " + shorten(layer.command, 30)]);
    options($("layer"), t("all_layers"), R.findings.some((f) => f.layers.size) ? layers : [], state.layer);
    set($("severities"), SEVERITIES.filter((x) => R.summary.by_severity[x]).map((x) => h("button", { type: "button", "aria-pressed": String(state.severity.has(x)), onclick: () => toggle(x) }, h("i", { class: x }), severityWord(x), h("span", { class: "quiet" }, number(R.summary.by_severity[x])))));
    if ($("q").value !== state.q) $("q").value = state.q;
    $("fix").checked = state.fix;
    $("kev").checked = state.kev;
  }

  function toggle(severity) {
    const next = new Set(state.severity);
    if (!next.delete(severity)) next.add(severity);
    change({ severity: next });
  }

  function matching() {
    const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
    const layer = state.layer === "" ? null : Number(state.layer);
    const out = R.findings.filter((f) =>
      (!state.severity.size || state.severity.has(f.severity)) &&
      (!state.kind || f.kind === state.kind) &&
      (!state.type || (f.package && f.package.type === state.type)) &&
      (layer === null || f.layers.has(layer)) &&
      (!state.fix || f.fixable) &&
      (!state.kev || f.kev) &&
      words.every((word) => f.hay.includes(word)));
    const order = COLUMNS.find(([key]) => key === state.sort);
    if (order && order[2]) {
      const sign = state.dir === "asc" ? -1 : 1;
      out.sort((a, b) => sign * order[2](a, b) || a.index - b.index);
    }
    return out;
  }

  function drawTitles() {
    set($("titles"), COLUMNS.map(([key, word, order]) => {
      const cls = key === "score" || key === "epss" ? "num" : undefined;
      const sorted = state.sort === key ? (state.dir === "asc" ? "ascending" : "descending") : undefined;
      return h("th", { scope: "col", class: cls, "aria-sort": sorted }, order ? h("button", { type: "button", title: t("sort_by", { column: word() }), onclick: () => change({ sort: state.sort === key && state.dir === "asc" ? "" : key, dir: state.sort === key && state.dir === "" ? "asc" : "" }) }, word()) : word());
    }));
  }

  function findingRow(f) {
    const p = f.package;
    const chance = f.epss && h("span", { class: "chance", "aria-hidden": "true" }, h("i"));
    if (chance) chance.firstChild.style.width = Math.max(2, f.epss.score * 100) + "%";
    const place = f.places[0];
    return h("tr", { class: "pick", "data-fingerprint": f.fingerprint, onclick: () => openFinding(f) },
      h("td", null, badge(f.severity)),
      h("td", null, h("button", { type: "button", class: "id", "aria-label": t("open_details", { id: f.id }) }, bdi(f.id)), " ", f.kev && kevTag(), " ", f.kind !== "vulnerability" && h("span", { class: "tag" }, t(f.kind)), h("div", { class: "title" }, bdi(both(f.title)))),
      h("td", null, p && [h("b", null, bdi(p.name)), " ", h("span", { class: "tag" }, p.type)], place && h("div", { class: "where", title: place.path }, bdi(place.path))),
      h("td", { class: "mono" }, p && bdi(p.version)),
      h("td", null, f.fixed.length ? h("span", { class: "fixed mono" }, bdi(f.fixed.join(", "))) : h("span", { class: "quiet" }, f.kind === "vulnerability" && statusWord(f))),
      h("td", { class: "num" }, f.score >= 0 && f.score.toFixed(1)),
      h("td", { class: "num" }, f.epss && [percent(f.epss.score), h("br"), chance]));
  }
  const statusWord = (f) => t("status_" + f.status.replaceAll("-", "_"));

  function drawRows(all) {
    view = matching();
    const pages = Math.max(1, Math.ceil(view.length / PAGE_SIZE));
    state.page = Math.min(state.page, pages);
    const from = (state.page - 1) * PAGE_SIZE;
    const rows = all ? view.slice(0, 2000) : view.slice(from, from + PAGE_SIZE);
    set($("rows"), rows.length ? rows.map(findingRow) : h("tr", null, h("td", { colspan: COLUMNS.length, class: "empty" }, t(R.findings.length ? "no_match" : R.coverage.some((c) => c.judged !== "no") ? "no_findings" : "nothing_judged"))));
    $("shown").textContent = t("shown", { shown: number(view.length), all: number(R.findings.length) });
    const go = (page) => () => {
      change({ page });
      $("findings").scrollIntoView();
    };
    set($("pages"), pages > 1 && [h("span", { class: "quiet" }, t("page_of", { page: state.page, all: pages })),
      h("button", { type: "button", class: "plain", disabled: state.page === 1, onclick: go(state.page - 1) }, t("previous")),
      h("button", { type: "button", class: "plain", disabled: state.page === pages, onclick: go(state.page + 1) }, t("next"))]);
  }

  /// Changes the filters and shows what they give.
  function change(values) {
    Object.assign(state, { page: 1 }, values);
    drawFilters();
    drawTitles();
    drawRows();
    writeAddress();
  }
  /// The same from elsewhere on the page: other filters are cleared, and the table comes into sight.
  function filter(values) {
    change({ q: "", severity: new Set(), kind: "", type: "", layer: "", fix: false, kev: false, ...values });
    $("findings").scrollIntoView();
    $("findings").focus({ preventScroll: true });
  }

  // ---- One finding. ----
  function openFinding(f) {
    state.open = f.fingerprint;
    writeAddress();
    drawDrawer(f);
    if (!$("drawer").open) $("drawer").showModal();
    $("close").focus();
  }

  function drawDrawer(f) {
    const at = view.indexOf(f);
    const list = (items, cls) => items.length > 0 && h("ul", { class: cls }, items.map((item) => h("li", null, item)));
    const entry = (title, ...value) => {
      const shown = value.flat(3).filter((v) => v !== null && v !== undefined && v !== false && v !== "");
      return shown.length ? [h("dt", null, title), h("dd", null, shown)] : [];
    };
    const p = f.package;
    const move = (to, key, sign) => h("button", { type: "button", class: "icon", title: t(key), "aria-label": t(key), disabled: !view[to] || at < 0, onclick: () => openFinding(view[to]) }, sign);
    const layer = (n) => t("layer_n", { n: n + 1 }) + (R.layers[n] && R.layers[n].command ? " · " + R.layers[n].command : "");
    const place = (l) => [bdi(l.path, "mono"), l.line && " · " + t("line_n", { n: l.line }), l.layer !== null && h("div", { class: "quiet" }, bdi(layer(l.layer)))];
    const also = R.findings.filter((o) => o !== f && o.id === f.id).slice(0, 12);
    set($("drawer"), h("div", { class: "drawer" },
      h("div", { class: "bar" }, h("span", { class: "quiet" }, at >= 0 && t("shown", { shown: number(at + 1), all: number(view.length) })), move(at - 1, "earlier", "↑"), move(at + 1, "later", "↓"), h("button", { type: "button", id: "close", class: "icon", title: t("close"), "aria-label": t("close"), onclick: () => $("drawer").close() }, "✕")),
      h("div", { class: "why" }, badge(f.severity), f.by && h("span", null, t("severity_by", { source: f.by })), f.kev && kevTag(), h("span", { class: "tag" }, t(f.kind))),
      h("h2", { id: "drawer-title" }, bdi(f.id)),
      h("p", { class: "lead" }, bdi(both(f.title))),
      both(f.remediation) && h("div", { class: "todo" }, h("h3", null, t("remediation")), bdi(both(f.remediation))),
      h("dl", null,
        p && entry(t("package"), h("b", null, bdi(p.name)), " ", bdi(p.version, "mono"), " ", h("span", { class: "tag" }, p.type)),
        f.fixed.length > 0 && entry(t("fixed_in"), h("span", { class: "mono" }, bdi(f.fixed.join(", ")))),
        f.kind === "vulnerability" && entry(t("status"), statusWord(f)),
        f.kev && entry(t("known_exploited"), [t("kev_added", { date: f.kev.added }), f.kev.due && t("kev_due", { date: f.kev.due }), f.kev.ransomware && t("kev_ransomware")].filter(Boolean).join(" · ")),
        f.epss && entry(t("epss"), t("percentile", { score: percent(f.epss.score), share: percent(f.epss.percentile) })),
        entry(t("score"), list(f.cvss.map((c) => [h("b", null, c.score.toFixed(1)), " ", h("span", { class: "quiet" }, "CVSS " + c.version + " · " + c.source), h("div", { class: "mono quiet" }, bdi(c.vector))]))),
        entry(t("evidence"), list(f.evidence.map((e) => [bdi(e.source, "mono"), h("div", null, bdi(both(e.detail))), e.symbols.length > 0 && h("div", { class: "quiet" }, t("symbols") + ": ", bdi(e.symbols.join(", "), "mono"))]))),
        entry(t("place"), list(f.places.map(place))),
        p && entry(t("dependency_path"), p.path.length > 1 && list(p.path.map((step) => bdi(step, "mono")), "steps")),
        p && entry(t("owner"), p.owner && bdi(p.owner, "mono")),
        p && entry(t("licence"), p.licence && bdi(p.licence)),
        p && entry("purl", bdi(p.purl, "mono")),
        entry(t("aliases"), f.aliases.length > 0 && bdi(f.aliases.join(", "), "mono")),
        entry(t("controls"), f.controls.length > 0 && bdi(f.controls.join(", "))),
        entry(t("also_in"), list(also.map((o) => h("a", { href: "#", onclick: (event) => (event.preventDefault(), openFinding(o)) }, bdi(o.package ? o.package.name + " " + o.package.version : both(o.title)))))),
        entry(t("references"), list(f.links.map((link) => h("a", { href: link, target: "_blank", rel: "noopener noreferrer" }, link)))),
        entry(t("fingerprint"), h("span", { class: "mono quiet" }, f.fingerprint)))));
    $("drawer").scrollTop = 0;
  }

  // ---- The rest of the report. ----
  function drawCoverage() {
    if (!R.coverage.length && !R.declared_only.length) return set($("coverage"));
    const sign = { full: "✓", "fixed-only": "~", partial: "~", no: "✗" };
    const row = (c) => h("tr", null, h("td", null, h("b", null, bdi(c.ecosystem))), h("td", { class: "num" }, number(c.packages)), h("td", { class: "mark-" + c.judged }, sign[c.judged] + " " + t("judged_" + c.judged.replace("-", "_"))), h("td", null, c.date), h("td", { class: "quiet" }, bdi(both(c.reason))));
    set($("coverage"), h("div", { class: "head" }, h("h2", null, t("coverage"))),
      R.coverage.length > 0 && h("div", { class: "scroll" }, h("table", null, h("thead", null, h("tr", null, h("th", null, t("ecosystem")), h("th", { class: "num" }, t("packages")), h("th", null, t("judgement")), h("th", null, t("feed_date")), h("th", null, t("reason")))), h("tbody", null, R.coverage.map(row)))),
      R.declared_only.length > 0 && h("details", null, h("summary", null, t("declared_files") + " (" + number(R.declared_only.length) + ")"), h("ul", { class: "files mono" }, R.declared_only.slice(0, 500).map((path) => h("li", null, bdi(path))))));
  }

  function drawErrors() {
    if (!R.errors.length) return set($("errors"));
    const row = (e) => h("li", null, e.fatal && h("span", { class: "kev" }, t("fatal")), " ", h("b", { class: "mono" }, bdi(e.target)), " ", h("span", { class: "tag" }, e.code), h("div", { class: "quiet" }, bdi(both(e.message))));
    const sorted = [...R.errors].sort((a, b) => Number(b.fatal) - Number(a.fatal));
    set($("errors"), h("div", { class: "head" }, h("h2", null, t("errors")), h("span", { class: "quiet" }, many("errors_title", R.errors.length))), h("ul", { class: "errors" }, sorted.slice(0, 200).map(row)), sorted.length > 200 && h("p", { class: "quiet" }, many("more", sorted.length - 200)));
  }

  function drawInventory() {
    if (!R.packages.length) return set($("inventory"));
    let query = "", page = 1;
    const body = h("tbody"), nav = h("nav", { class: "pages", "aria-label": t("pages") });
    const draw = () => {
      const words = query.toLowerCase().split(/\s+/).filter(Boolean);
      const found = R.packages.filter((row) => words.every((word) => row.join("\n").toLowerCase().includes(word)));
      const pages = Math.max(1, Math.ceil(found.length / PAGE_SIZE));
      page = Math.min(page, pages);
      set(body, found.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE).map(([type, label, version, licence, place]) => h("tr", null, h("td", null, h("span", { class: "tag" }, type)), h("td", null, h("b", null, bdi(label))), h("td", { class: "mono" }, bdi(version)), h("td", null, bdi(licence)), h("td", { class: "quiet mono" }, bdi(place)))));
      const go = (to) => () => ((page = to), draw());
      set(nav, pages > 1 && [h("span", { class: "quiet" }, t("page_of", { page, all: pages })), h("button", { type: "button", class: "plain", disabled: page === 1, onclick: go(page - 1) }, t("previous")), h("button", { type: "button", class: "plain", disabled: page === pages, onclick: go(page + 1) }, t("next"))]);
    };
    const search = h("input", { type: "search", autocomplete: "off", placeholder: t("inventory_hint"), "aria-label": t("search"), oninput: (event) => ((query = event.target.value), (page = 1), draw()) });
    set($("inventory"), h("details", { open: !R.database }, h("summary", null, h("h2", null, t("inventory")), " ", h("span", { class: "quiet" }, many("packages_n", R.packages.length))),
      h("div", { class: "filters" }, search),
      h("div", { class: "scroll" }, h("table", null, h("thead", null, h("tr", null, [t("kind"), t("package"), t("installed"), t("licence"), t("place")].map((word) => h("th", null, word)))), body)), nav));
    draw();
  }

  function drawFeeds() {
    const d = R.database;
    if (!d) return set($("feeds"));
    const row = (f) => h("tr", null, h("td", { class: "mono" }, f.name), h("td", null, f.date), h("td", { class: "num" }, number(f.records)));
    set($("feeds"), h("details", null, h("summary", null, h("h2", null, t("feeds")), " ", h("span", { class: "quiet" }, [d.built && t("database_built", { date: d.built }), d.starter && t("database_starter")].filter(Boolean).join(" · "))),
      h("table", null, h("thead", null, h("tr", null, h("th", null, t("feed")), h("th", null, t("date")), h("th", { class: "num" }, t("records")))), h("tbody", null, d.sources.map(row)))));
  }

  // ---- The whole. ----
  function drawAll() {
    const root = document.documentElement;
    root.lang = state.lang;
    root.dataset.theme = state.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    document.querySelectorAll("[data-t]").forEach((node) => (node.textContent = t(node.dataset.t)));
    document.querySelectorAll("[data-label]").forEach((node) => node.setAttribute("aria-label", t(node.dataset.label)));
    document.querySelectorAll("[data-hint]").forEach((node) => (node.placeholder = t(node.dataset.hint)));
    document.querySelectorAll("[data-lang]").forEach((node) => node.setAttribute("aria-pressed", String(node.dataset.lang === state.lang)));
    ["theme", "print"].forEach((id) => ($(id).title = t(id === "theme" ? "theme" : "print")));
    choose();
    if (!R) return;
    document.title = (DATA.reports.length === 1 ? R.name + " · " : "") + t("page_title");
    $("choose").hidden = DATA.reports.length < 2;
    set($("report"), DATA.reports.map((r, n) => h("option", { value: n }, r.name + " (" + number(r.summary.findings) + ")")));
    $("report").value = String(state.report);
    $("findings").hidden = !R.database && !R.findings.length;
    for (const draw of [drawSubject, drawNotices, drawFigures, drawFirst, drawCharts, drawFilters, drawTitles, drawRows, drawCoverage, drawErrors, drawInventory, drawFeeds]) draw();
    if (!R.database && !R.findings.length) $("figures").replaceChildren();
    set($("foot"), h("span", null, t("made_by", { tool: R.tool.name, version: R.tool.version })), h("span", null, t("self_contained")));
    const open = state.open && R.findings.find((f) => f.fingerprint === state.open);
    if (open) openFinding(open);
    else state.open = "";
  }

  function listen() {
    let waiting = 0;
    $("q").addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => change({ q: $("q").value }), 80);
    });
    for (const key of ["kind", "type", "layer"]) $(key).addEventListener("change", (event) => change({ [key]: event.target.value }));
    for (const key of ["fix", "kev"]) $(key).addEventListener("change", (event) => change({ [key]: event.target.checked }));
    $("filters").addEventListener("submit", (event) => event.preventDefault());
    $("filters").addEventListener("reset", (event) => {
      event.preventDefault();
      change({ q: "", severity: new Set(), kind: "", type: "", layer: "", fix: false, kev: false, sort: "", dir: "" });
    });
    $("report").addEventListener("change", (event) => {
      Object.assign(state, { report: Number(event.target.value), page: 1, open: "" });
      drawAll();
      writeAddress();
    });
    document.querySelectorAll("[data-lang]").forEach((node) => node.addEventListener("click", () => {
      state.lang = node.dataset.lang;
      drawAll();
      writeAddress();
    }));
    $("theme").addEventListener("click", () => {
      state.theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
      document.documentElement.dataset.theme = state.theme;
      writeAddress();
    });
    $("print").addEventListener("click", () => window.print());
    $("drawer").addEventListener("close", () => {
      const row = document.querySelector('tr[data-fingerprint="' + state.open + '"] .id');
      state.open = "";
      writeAddress();
      if (row) row.focus();
    });
    $("drawer").addEventListener("click", (event) => {
      if (event.target === $("drawer")) $("drawer").close();
    });
    $("drawer").addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
      const at = view.findIndex((f) => f.fingerprint === state.open);
      if (step && at >= 0 && view[at + step]) {
        event.preventDefault();
        openFinding(view[at + step]);
      }
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName) && !$("drawer").open) {
        event.preventDefault();
        $("q").focus();
      }
    });
    window.addEventListener("hashchange", () => {
      readAddress();
      drawAll();
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
    // Paper is white, and has no next page to click.
    const theme = document.documentElement.dataset;
    let shown = "";
    window.addEventListener("beforeprint", () => {
      shown = theme.theme;
      theme.theme = "light";
      if (R) drawRows(true);
    });
    window.addEventListener("afterprint", () => {
      theme.theme = shown;
      if (R) drawRows();
    });
  }

  readAddress();
  listen();
  drawAll();
  document.documentElement.dataset.ready = "yes";
})();
