"use strict";
(function () {
  const NS = "http://www.w3.org/2000/svg";
  const ROW = 15, LEFT = 10, RIGHT = 64, TOP = 22, PAGE = 300;
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = new Map(data.tracks.map((track) => [track.id, track]));
  const daughters = new Map();
  for (const track of data.tracks) {
    if (!byId.has(track.parent)) continue;
    if (!daughters.has(track.parent)) daughters.set(track.parent, []);
    daughters.get(track.parent).push(track.id);
  }
  const sizes = new Map();
  const byBirth = [...data.tracks].sort((a, b) => b.first - a.first || b.id - a.id);
  for (const track of byBirth) {
    const below = daughters.get(track.id) || [];
    sizes.set(track.id, 1 + below.reduce((sum, id) => sum + sizes.get(id), 0));
  }
  const roots = data.tracks.filter((track) => !byId.has(track.parent)).map((track) => track.id);
  roots.sort((a, b) => sizes.get(b) - sizes.get(a) || a - b);
  const folded = new Set();
  const element = (id) => document.getElementById(id);
  const tip = element("tip");
  let limit = PAGE;

  function family(root) {
    const found = [], waiting = [root];
    while (waiting.length) {
      const id = waiting.pop();
      found.push(id);
      if (!folded.has(id)) waiting.push(...[...(daughters.get(id) || [])].reverse());
    }
    return found;
  }

  function layout() {
    const rows = new Map();
    let next = 0, left = 0;
    for (const root of roots) {
      if (element("dividing").checked && sizes.get(root) === 1) continue;
      if (next >= limit) { left += 1; continue; }
      const members = family(root);
      const open = (id) => !folded.has(id) && (daughters.get(id) || []).length > 0;
      for (const id of members) if (!open(id)) rows.set(id, next++);
      for (const id of [...members].reverse()) {
        if (!open(id)) continue;
        const below = daughters.get(id).map((daughter) => rows.get(daughter));
        rows.set(id, (Math.min(...below) + Math.max(...below)) / 2);
      }
    }
    return { rows, count: next, left };
  }

  function draw(parent, name, attributes, text) {
    const node = document.createElementNS(NS, name);
    for (const key of Object.keys(attributes)) node.setAttribute(key, attributes[key]);
    if (text !== undefined) node.textContent = text;
    parent.appendChild(node);
    return node;
  }

  function axis(svg, x, height) {
    const end = Math.max((data.frames - 1) * data.perFrame, data.perFrame);
    const power = Math.pow(10, Math.floor(Math.log10(end / 8)));
    const step = [1, 2, 5, 10].map((m) => m * power).find((s) => end / s <= 8);
    for (let value = 0; value <= end + step / 1e6; value += step) {
      const at = x(value / data.perFrame);
      draw(svg, "path", { class: "grid", d: `M${at} ${TOP - 4}V${height}` });
      const words = value === 0 ? `0 ${data.unit}` : String(+value.toPrecision(6));
      draw(svg, "text", { x: at, y: 12, "text-anchor": value === 0 ? "start" : "middle" }, words);
    }
  }

  function render() {
    const { rows, count, left } = layout();
    const box = element("tree");
    const width = Math.max(box.clientWidth - 12, 480);
    const height = TOP + count * ROW + 6;
    const svg = document.createElementNS(NS, "svg");
    svg.setAttribute("width", width);
    svg.setAttribute("height", height);
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", "Lineage trees");
    const x = (frame) => LEFT + frame / Math.max(data.frames - 1, 1) * (width - LEFT - RIGHT);
    const y = (id) => TOP + (rows.get(id) + 0.5) * ROW;
    axis(svg, x, height);
    for (const [id] of rows) {
      const track = byId.get(id), group = draw(svg, "g", { "data-id": id });
      if (rows.has(track.parent)) {
        const mother = byId.get(track.parent), bend = x(Math.min(mother.last, track.first));
        const path = `M${bend} ${y(track.parent)}V${y(id)}H${x(track.first)}`;
        draw(group, "path", { class: "birth", d: path, stroke: track.colour });
      }
      const line = `M${x(track.first)} ${y(id)}H${Math.max(x(track.last), x(track.first) + 0.1)}`;
      const mother = daughters.has(id);
      draw(group, "path", { class: mother ? "track mother" : "track", d: line, stroke: track.colour });
      if (folded.has(id)) {
        const words = `${id}  +${sizes.get(id) - 1} folded`;
        draw(group, "text", { class: "folded", x: x(track.last) + 6, y: y(id) + 4 }, words);
      } else if (!mother) {
        draw(group, "text", { x: x(track.last) + 6, y: y(id) + 4 }, id);
      }
      draw(group, "path", { class: mother ? "hit track mother" : "hit track", d: line });
    }
    box.replaceChildren(svg);
    element("shown").textContent = `${rows.size} of ${data.tracks.length} tracks shown`;
    element("more").hidden = left === 0;
    element("more").textContent = `show more (${left} families)`;
  }

  function related(id) {
    const found = new Set();
    for (let at = id; byId.has(at); at = byId.get(at).parent) found.add(at);
    const waiting = [id];
    while (waiting.length) {
      const next = waiting.pop();
      found.add(next);
      waiting.push(...(daughters.get(next) || []));
    }
    return found;
  }

  function light(id) {
    const near = id === null ? null : related(id);
    for (const group of element("tree").querySelectorAll("g")) {
      group.classList.toggle("away", near !== null && !near.has(Number(group.dataset.id)));
    }
  }

  function idAt(event) {
    const group = event.target.closest ? event.target.closest("g[data-id]") : null;
    return group ? Number(group.dataset.id) : null;
  }

  element("tree").addEventListener("mousemove", (event) => {
    const id = idAt(event);
    light(id);
    tip.hidden = id === null;
    if (id === null) return;
    tip.textContent = byId.get(id).words;
    tip.style.left = `${Math.min(event.pageX + 14, window.innerWidth - 260)}px`;
    tip.style.top = `${event.pageY + 14}px`;
  });
  element("tree").addEventListener("mouseleave", () => { light(null); tip.hidden = true; });
  element("tree").addEventListener("click", (event) => {
    const id = idAt(event);
    if (id === null || !daughters.has(id)) return;
    if (!folded.delete(id)) folded.add(id);
    render();
  });
  element("fold").addEventListener("click", () => { for (const id of daughters.keys()) folded.add(id); render(); });
  element("unfold").addEventListener("click", () => { folded.clear(); render(); });
  element("more").addEventListener("click", () => { limit += PAGE; render(); });
  element("dividing").addEventListener("change", render);
  element("find").addEventListener("input", (event) => {
    const id = Number(event.target.value);
    light(byId.has(id) ? id : null);
    const group = element("tree").querySelector(`g[data-id="${id}"]`);
    if (group) group.scrollIntoView({ block: "center" });
  });
  window.addEventListener("resize", render);
  element("dividing").checked = roots.length > 60 && daughters.size > 0;
  render();
})();
