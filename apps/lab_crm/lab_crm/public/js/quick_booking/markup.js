// The screen's frame: four steps from top to bottom, all in sight.

/** @returns {string} HTML */
export function page_of() {
	return `<div class="lab-quick">
		<div data-part="work">
			<section class="lab-step frappe-card">
				<h5>1. ${__("Patient")}</h5>
				<div class="lab-row">
					<label>${__("Phone")}<input class="form-control" data-part="phone" type="tel" autocomplete="off"
						placeholder="900 123-45-67" role="combobox" aria-expanded="true"></label>
					<label>${__("Lab Branch")}<select class="form-control" data-part="branch"></select></label>
				</div>
				<div data-part="patients"></div>
				<p data-part="who" hidden></p>
				<div class="lab-row" data-part="newcomer" hidden>
					<label class="lab-wide">${__("Last, first and middle name")}
						<input class="form-control" data-part="person" data-newcomer autocomplete="off"></label>
					<label>${__("Birth date")}<input class="form-control" data-part="born" data-newcomer inputmode="numeric"
						placeholder="${__("DD.MM.YYYY")}" autocomplete="off"></label>
					<label>${__("Sex")}<select class="form-control" data-part="sex" data-newcomer>
						<option value=""></option><option value="Female">${__("Female")}</option>
						<option value="Male">${__("Male")}</option></select></label>
				</div>
				<fieldset data-part="consents_of" hidden>
					<legend>${__("The patient agrees")}</legend>
					<div data-part="consents"></div>
				</fieldset>
			</section>
			<section class="lab-step frappe-card">
				<h5>2. ${__("Services")}</h5>
				<div class="lab-chips" data-part="chosen"></div>
				<div class="lab-row">
					<label class="lab-wide">${__("Name or code")}<input class="form-control" data-part="service" autocomplete="off"
						role="combobox" aria-expanded="true"></label>
					<label>${__("Funding")}<select class="form-control" data-part="funding"></select></label>
				</div>
				<div data-part="services"></div>
			</section>
			<section class="lab-step frappe-card">
				<h5>3. ${__("Time")}</h5>
				<p data-part="wished" hidden></p>
				<div class="lab-days">
					<button type="button" class="btn btn-xs btn-default" data-part="previous" tabindex="-1"
						aria-label="${__("Earlier day")}">←</button>
					<b data-part="day" aria-live="polite"></b>
					<button type="button" class="btn btn-xs btn-default" data-part="next" tabindex="-1"
						aria-label="${__("Later day")}">→</button>
				</div>
				<div data-part="times_box" tabindex="0" role="group" aria-label="${__("Free times")}">
					<div data-part="times"></div>
				</div>
			</section>
			<section class="lab-step lab-finish">
				<b data-part="summary" aria-live="polite"></b>
				<button type="button" class="btn btn-primary" data-part="book" disabled>${__("Book")}</button>
			</section>
			<p class="text-muted lab-hint">${__("Enter goes on, arrows choose, ← and → turn the days, Alt+Q opens this screen")}</p>
		</div>
		<section class="frappe-card lab-done" data-part="done" role="status" hidden>
			<div data-part="done_text"></div>
			<button type="button" class="btn btn-primary" data-part="again">${__("Next Patient")}</button>
		</section>
	</div>`;
}
