"""What an insurer pays for: terms of its contract, guarantee letters and their limits. No site is needed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

# Why the patient pays, the nearest to being covered last.
NO_LETTER = "NO_LETTER"
OUTSIDE_CONTRACT = "OUTSIDE_CONTRACT"
OUTSIDE_LETTER = "OUTSIDE_LETTER"
QUANTITY_SPENT = "QUANTITY_SPENT"
AMOUNT_SPENT = "AMOUNT_SPENT"
REASONS = (NO_LETTER, OUTSIDE_CONTRACT, OUTSIDE_LETTER, QUANTITY_SPENT, AMOUNT_SPENT)


@dataclass(frozen=True)
class Line:
	"""A bought service; `price` is what the insurer would pay for it, in roubles."""

	service: str
	category: str | None
	price: Decimal


@dataclass(frozen=True)
class Rule:
	"""A line of a contract or a letter: a service or a category; a `quantity` of 0 is without a limit."""

	service: str | None = None
	category: str | None = None
	excluded: bool = False
	quantity: int = 0

	def matches(self, line: Line) -> bool:
		"""Say whether a line of a purchase is meant."""
		return self.service == line.service if self.service else self.category == line.category


@dataclass
class Letter:
	"""An approved guarantee letter; a limit of None is none. `used` is what it has paid for."""

	name: str
	rules: Sequence[Rule] = ()
	amount: Decimal | None = None
	quantity: int | None = None
	used: list[Line] = field(default_factory=list)

	def refuses(self, line: Line) -> str | None:
		"""Return why the letter does not pay for a line, None if it does."""
		if not allows(self.rules, line):
			return OUTSIDE_LETTER
		rule = rule_of(self.rules, line)
		if self.quantity is not None and len(self.used) >= self.quantity:
			return QUANTITY_SPENT
		if rule and rule.quantity and self._times(rule) >= rule.quantity:
			return QUANTITY_SPENT
		if self.amount is not None and self.spent + line.price > self.amount:
			return AMOUNT_SPENT
		return None

	@property
	def spent(self) -> Decimal:
		"""The sum of what it has paid for."""
		return sum((line.price for line in self.used), Decimal(0))

	@property
	def is_spent(self) -> bool:
		"""Whether nothing more can be paid by it."""
		by_amount = self.amount is not None and self.spent >= self.amount
		return by_amount or (self.quantity is not None and len(self.used) >= self.quantity)

	def _times(self, rule: Rule) -> int:
		return sum(rule_of(self.rules, line) == rule for line in self.used)


@dataclass(frozen=True)
class Decision:
	"""Who pays for a line: the insurer (by a letter, where there is one) or, for a reason, the patient."""

	line: Line
	letter: str | None = None
	reason: str | None = None

	@property
	def covered(self) -> bool:
		return self.reason is None


def rule_of(rules: Iterable[Rule], line: Line) -> Rule | None:
	"""Return the rule that decides about a line: of the service itself before that of its category; of two
	alike the one that excludes.
	"""
	fitting = [rule for rule in rules if rule.matches(line)]
	return max(fitting, key=lambda rule: (bool(rule.service), rule.excluded), default=None)


def allows(rules: Sequence[Rule], line: Line) -> bool:
	"""Say whether terms cover a line. Without any line they cover everything; with exclusions only,
	everything else.
	"""
	rule = rule_of(rules, line)
	if rule:
		return not rule.excluded
	return all(one.excluded for one in rules)


def decide(
	lines: Iterable[Line], terms: Sequence[Rule], letters: Sequence[Letter], letter_required: bool
) -> list[Decision]:
	"""Decide line by line who pays; letters are used up as they pay, the first that can pays.

	A line is paid as a whole: what does not fit into the rest of a limit is the patient's.

	Args:
		lines: what was bought, in its order.
		terms: lines of the contract.
		letters: approved letters, the one to be used first first.
		letter_required: the contract pays by letters only.
	"""
	return [_decide(line, terms, letters, letter_required) for line in lines]


def _decide(line: Line, terms: Sequence[Rule], letters: Sequence[Letter], letter_required: bool) -> Decision:
	if not allows(terms, line):
		return Decision(line, reason=OUTSIDE_CONTRACT)
	reasons = []
	for letter in letters:
		reason = letter.refuses(line)
		if reason is None:
			letter.used.append(line)
			return Decision(line, letter.name)
		reasons.append(reason)
	if reasons:
		return Decision(line, reason=max(reasons, key=REASONS.index))
	return Decision(line, reason=NO_LETTER if letter_required else None)
