(() => {
	const limit = 2000000, out = [];
	let size = 0, more = false;
	const silent = new Set(['SCRIPT', 'STYLE', 'NOSCRIPT', 'TEMPLATE', 'LINK', 'OBJECT', 'EMBED', 'CANVAS', 'VIDEO', 'AUDIO', 'NOFRAMES', 'SVG']);
	const single = new Set(['AREA', 'BASE', 'BR', 'COL', 'HR', 'IMG', 'INPUT', 'META', 'SOURCE', 'TRACK', 'WBR']);
	const kept = new Set(['id', 'class', 'href', 'src', 'alt', 'title', 'name', 'content', 'property', 'itemprop', 'rel', 'type', 'lang', 'charset', 'target', 'placeholder', 'action', 'width', 'height']);
	const text = s => s.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
	const put = s => { if (size + s.length > limit) { more = true; return } size += s.length; out.push(s) };
	const tag = (e, name) => {
		let s = '<' + name;
		for (const a of e.attributes) {
			if (kept.has(a.name)) s += ' ' + a.name + '="' + text(a.value).replace(/"/g, '&quot;') + '"';
		}
		return s + '>';
	};
	const children = (node, win, shown, depth) => { for (const c of node.childNodes) walk(c, win, shown, depth) };
	const walk = (node, win, shown, depth) => {
		if (more || depth > 400) return;
		if (node.nodeType === 3) { if (shown) put(text(node.data)); return }
		if (node.nodeType !== 1 || silent.has(node.tagName.toUpperCase())) return;
		const style = win.getComputedStyle(node);
		if (style.display === 'none') return;
		shown = style.visibility === 'visible' && parseFloat(style.opacity) > 0.01;
		const name = node.tagName.toLowerCase();
		if (name === 'iframe' || name === 'frame') {
			let inner = null;
			try { inner = node.contentDocument } catch (e) {}
			if (inner && inner.body) { put('<div>'); children(inner.body, inner.defaultView, true, depth + 1); put('</div>'); return }
			if (shown && node.clientWidth > 1 && node.clientHeight > 1) put(tag(node, 'iframe') + '</iframe>');
			return;
		}
		if (single.has(node.tagName)) { if (shown || name === 'br') put(tag(node, name)); return }
		put(tag(node, name));
		if (node.shadowRoot) children(node.shadowRoot, win, shown, depth + 1);
		else if (name === 'slot' && node.assignedNodes().length) for (const c of node.assignedNodes()) walk(c, win, shown, depth + 1);
		else children(node, win, shown, depth + 1);
		put('</' + name + '>');
	};
	put('<!doctype html><html><head><meta charset="utf-8">');
	for (const e of document.querySelectorAll('head > title, head > meta:not([http-equiv]), head > base')) put(e.tagName === 'TITLE' ? '<title>' + text(document.title) + '</title>' : tag(e, e.tagName.toLowerCase()));
	put('</head>');
	if (document.body) walk(document.body, window, true, 0);
	out.push('</html>');
	return {html: out.join(''), url: location.href, more};
})()
