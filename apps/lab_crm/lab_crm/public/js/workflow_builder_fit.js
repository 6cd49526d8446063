// The Workflow Builder fits its drawing into the page before there is a drawing: do it again once there is one.

{
	const page = frappe.pages["workflow-builder"];
	const show = page.on_page_show;
	page.on_page_show = function (wrapper) {
		show.call(this, wrapper);
		const drawn = new MutationObserver(() => {
			const fit = wrapper.querySelector(".vue-flow__panel.bottom.left button:last-of-type");
			if (!fit || !wrapper.querySelector(".vue-flow__node")) return;
			drawn.disconnect();
			// Nodes are measured in the next frame.
			requestAnimationFrame(() => requestAnimationFrame(() => fit.click()));
		});
		drawn.observe(wrapper, { childList: true, subtree: true });
	};
}
