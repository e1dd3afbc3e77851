(() => {
	const limit = 2000000, out = [];
	let size = 0, more = false;
	const silent = new Set(['SCRIPT', 'STYLE', 'NOSCRIPT', 'TEMPLATE', 'LINK', 'OBJECT', 'EMBED', 'CANVAS', 'VIDEO', 'AUDIO', 'NOFRAMES', 'DEFS', 'SYMBOL', 'DESC', 'METADATA', 'TITLE']);
	const single = new Set(['AREA', 'BASE', 'BR', 'COL', 'HR', 'IMG', 'INPUT', 'META', 'SOURCE', 'TRACK', 'WBR']);
	const kept = new Set(['id', 'class', 'href', 'src', 'alt', 'title', 'name', 'content', 'property', 'itemprop', 'rel', 'type', 'lang', 'charset', 'target', 'placeholder', 'action', 'width', 'height', 'open']);
	const text = s => s.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
	const put = s => { if (size + s.length > limit) { more = true; return } size += s.length; out.push(s) };
	const tag = (e, name) => {
		let s = '<' + name;
		for (const a of e.attributes) {
			if (kept.has(a.name)) s += ' ' + a.name + '="' + text(a.value).replace(/"/g, '&quot;') + '"';
		}
		return s + '>';
	};
	// clear tells of a computed colour with an alpha of 0.
	const clear = c => /^rgba\(.*, 0\)$/.test(c) || /\/ 0\)$/.test(c);
	// flat tells of a box that clips all it holds away.
	const flat = (node, style) => (style.overflowX !== 'visible' || style.overflowY !== 'visible') && style.display !== 'inline' &&
		style.display !== 'contents' && (node.clientWidth <= 1 || node.clientHeight <= 1) ||
		style.position === 'absolute' && /^rect\((0|1)px(, | )(0|1)px(, | )(0|1)px/.test(style.clip) || /^inset\((50|100)%/.test(style.clipPath);
	// away tells of text that has no size, or lies where no scrolling leads.
	let looked = 0;
	const range = document.createRange();
	const away = (node, win) => {
		if (++looked > 20000 || !/\S/.test(node.data)) return false;
		range.selectNodeContents(node);
		const box = range.getBoundingClientRect();
		return box.width < 1 || box.height < 1 || box.right + win.scrollX <= 0 || box.bottom + win.scrollY <= 0;
	};
	// gone is what an element passes on to all within it: opacity and clipping
	// are not undone by what a child says of itself.
	const children = (node, win, shown, depth, gone) => { for (const c of node.childNodes) walk(c, win, shown, depth, gone) };
	const walk = (node, win, shown, depth, gone) => {
		if (more || depth > 400) return;
		if (node.nodeType === 3) { if (shown && !away(node, win)) put(text(node.data)); return }
		if (node.nodeType !== 1 || silent.has(node.tagName.toUpperCase())) return;
		const style = win.getComputedStyle(node);
		if (style.display === 'none') return;
		if (style.display !== 'contents' && node.checkVisibility && !node.checkVisibility()) return;
		gone = gone || parseFloat(style.opacity) <= 0.01 || flat(node, style);
		shown = !gone && style.visibility === 'visible' && parseFloat(style.fontSize) >= 1 &&
			(!clear(style.color) || style.webkitBackgroundClip === 'text');
		const name = node.tagName.toLowerCase();
		if (name === 'svg' && !node.querySelector('text')) return;
		if (name === 'iframe' || name === 'frame') {
			let inner = null;
			try { inner = node.contentDocument } catch (e) {}
			if (inner && inner.body) { if (shown) { put('<div>'); children(inner.body, inner.defaultView, true, depth + 1, false); put('</div>') } return }
			if (shown && node.clientWidth > 1 && node.clientHeight > 1) put(tag(node, 'iframe') + '</iframe>');
			return;
		}
		if (single.has(node.tagName)) { if (shown || name === 'br') put(tag(node, name)); return }
		put(tag(node, name));
		if (node.shadowRoot) children(node.shadowRoot, win, shown, depth + 1, gone);
		else if (name === 'slot' && node.assignedNodes().length) for (const c of node.assignedNodes()) walk(c, win, shown, depth + 1, gone);
		else children(node, win, shown, depth + 1, gone);
		put('</' + name + '>');
	};
	put('<!doctype html><html><head><meta charset="utf-8">');
	for (const e of document.querySelectorAll('head > title, head > meta:not([http-equiv]), head > base')) put(e.tagName === 'TITLE' ? '<title>' + text(document.title) + '</title>' : tag(e, e.tagName.toLowerCase()));
	put('</head>');
	if (document.body) walk(document.body, window, true, 0, false);
	out.push('</html>');
	const arrived = performance.getEntriesByType('navigation')[0];
	return {html: out.join(''), url: location.href, more, status: arrived && arrived.responseStatus || 0};
})()
