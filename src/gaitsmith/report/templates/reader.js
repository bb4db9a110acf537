// Values read off the curves of a picture: under the pointer, or with the left and right arrow keys
// while the picture has the focus. Panels carry their axes (data-axes: left, right, low, high, width,
// height in units of the paths), curves and bands their names; what is read is what is drawn.
"use strict";
(() => {
  const box = document.createElement("div");
  box.className = "reading";
  box.setAttribute("role", "status");
  const line = document.createElement("div");
  line.className = "reading-line";
  line.hidden = true;
  document.body.append(line, box);

  // Corners of a path: "M x y l dx dy …", one list a stretch.
  const known = new WeakMap();
  const runs = (path) => {
    if (!known.has(path)) {
      known.set(path, path.getAttribute("d").split("M").slice(1).map((text) => {
        const steps = text.match(/-?\d+/g).map(Number);
        const out = [[steps[0], steps[1]]];
        for (let i = 2; i + 1 < steps.length; i += 2) {
          const [x, y] = out[out.length - 1];
          out.push([x + steps[i], y + steps[i + 1]]);
        }
        if (text.endsWith("z")) out.push(out[0]);
        return out;
      }));
    }
    return known.get(path);
  };
  // Heights of a path at x: one of a curve, two of a band, none beside it.
  const heights = (path, x) => {
    const found = [];
    for (const run of runs(path)) {
      for (let i = 0; i + 1 < run.length; i++) {
        const [a, b] = [run[i], run[i + 1]];
        if (a[0] === b[0] || x < Math.min(a[0], b[0]) || x > Math.max(a[0], b[0])) continue;
        found.push(a[1] + ((b[1] - a[1]) * (x - a[0])) / (b[0] - a[0]));
      }
    }
    return found;
  };
  const rounded = (value, range) => {
    const digits = Math.max(0, Math.min(4, 2 - Math.floor(Math.log10(range || 1))));
    return (Math.abs(value) < 0.5 * 10 ** -digits ? 0 : value).toFixed(digits).replace("-", "\u2212");
  };

  // Panels of a picture that is shown: where they stand on the screen, and what is drawn in them.
  const panels = (svg) =>
    [...svg.querySelectorAll("g[data-axes], use")].flatMap((node) => {
      const drawn = node.matches("use") ? document.querySelector(`${node.getAttribute("href")} g[data-axes]`) : node;
      let to = node.getScreenCTM();
      if (!drawn || !to) return [];
      if (drawn !== node) {
        const [x, y] = (node.getAttribute("transform") || "").match(/-?[\d.]+/g)?.map(Number) || [0, 0];
        // The matrix of a <use> holds its own transform in some browsers and not in others.
        const own = node.getCTM(), root = svg.getCTM();
        if (own && root && Math.abs(own.e - root.e) + Math.abs(own.f - root.f) < 1e-6 && (x || y)) to = to.translate(x, y);
        to = to.scale(0.05);
      }
      const [left, right, low, high, width, height] = drawn.dataset.axes.split(" ").map(Number);
      return [{ drawn, to, left, right, low, high, width, height }];
    });

  const words = (p, share) => {
    const x = share * p.width;
    const at = p.left + share * (p.right - p.left);
    const out = [["transparent", `${rounded(at, p.right - p.left)} ${p.drawn.dataset.x}`.trim()]];
    const unit = { "": "", "°": "°" }[p.drawn.dataset.unit] ?? ` ${p.drawn.dataset.unit}`;
    const value = (y) => rounded(p.high - (y / p.height) * (p.high - p.low), p.high - p.low);
    for (const path of p.drawn.querySelectorAll("path[data-name]")) {
      const found = heights(path, x);
      if (!found.length) continue;
      const area = path.getAttribute("d").endsWith("z");
      const text = area ? `${value(Math.max(...found))} to ${value(Math.min(...found))}` : value(found[0]);
      out.push([path.getAttribute(area ? "fill" : "stroke"), `${path.dataset.name}: ${text}${unit}`]);
    }
    return out;
  };
  const show = (p, share) => {
    const lines = words(p, share);
    if (lines.length < 2) return hide();
    box.replaceChildren(...lines.map(([colour, text]) => {
      const row = Object.assign(document.createElement("div"), { textContent: text });
      row.style.borderColor = colour;
      return row;
    }));
    const top = new DOMPoint(share * p.width, 0).matrixTransform(p.to);
    const foot = new DOMPoint(share * p.width, p.height).matrixTransform(p.to);
    line.hidden = false;
    Object.assign(line.style, { left: `${top.x}px`, top: `${top.y}px`, height: `${foot.y - top.y}px` });
    const room = document.documentElement.clientWidth - box.offsetWidth - 6;
    const beside = top.x + 12 > room ? top.x - box.offsetWidth - 12 : top.x + 12;
    // Where there is no room on either side it stands above the panel, not over the curves.
    const height = beside < 6 ? top.y - box.offsetHeight - 4 : top.y;
    Object.assign(box.style, { left: `${Math.max(6, beside)}px`, top: `${Math.max(6, height)}px` });
    return true;
  };
  const hide = () => {
    box.replaceChildren();
    line.hidden = true;
    return false;
  };
  addEventListener("keydown", (event) => event.key === "Escape" && hide());
  addEventListener("resize", hide);

  for (const svg of document.querySelectorAll("figure svg")) {
    if (!svg.querySelector("g[data-axes], use")) continue;
    const follow = (event) => {
      for (const p of panels(svg)) {
        const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(p.to.inverse());
        if (at.x >= 0 && at.y >= 0 && at.x <= p.width && at.y <= p.height) return show(p, at.x / p.width);
      }
      return hide();
    };
    svg.addEventListener("pointermove", follow);
    svg.addEventListener("pointerdown", follow);
    svg.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && hide());
  }
  // Keys: hundredths of the axis, and on into the next panel.
  let quiet = false;
  for (const frame of document.querySelectorAll("figure .scroll")) {
    if (!frame.querySelector("g[data-axes]")) continue;
    const how = document.createElement("p");
    how.className = "how";
    how.id = `how-${document.querySelectorAll(".how").length}`;
    how.textContent = "Point at or touch a curve, or focus the figure and press the left and right arrow keys, to read its values.";
    frame.after(how);
    frame.setAttribute("aria-describedby", how.id);
    const place = { panel: 0, share: -0.01 };
    frame.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 0.01, ArrowLeft: -0.01 }[event.key];
      const svg = [...frame.querySelectorAll("svg")].find((s) => s.getClientRects().length);
      if (!step || !svg || frame.scrollWidth > frame.clientWidth + 1) return;
      const all = panels(svg);
      if (!all.length) return;
      event.preventDefault();
      place.share = Math.round(100 * (place.share + step)) / 100;
      if (place.share > 1) [place.panel, place.share] = [(place.panel + 1) % all.length, 0];
      if (place.share < 0) [place.panel, place.share] = [(place.panel + all.length - 1) % all.length, 1];
      place.panel = Math.min(place.panel, all.length - 1);
      // A panel that is off the screen is brought into view before it is read.
      const at = all[place.panel];
      const edge = (y) => new DOMPoint(0, y).matrixTransform(at.to).y;
      const [top, foot] = [edge(0), edge(at.height)];
      if (top < 0 || foot > innerHeight) {
        quiet = true;
        scrollBy({ top: (top + foot - innerHeight) / 2, behavior: "instant" });
        requestAnimationFrame(() => requestAnimationFrame(() => (quiet = false)));
      }
      show(panels(svg)[place.panel], place.share);
    });
    frame.addEventListener("blur", hide);
  }
  addEventListener("scroll", () => quiet || hide(), { passive: true, capture: true });
})();
