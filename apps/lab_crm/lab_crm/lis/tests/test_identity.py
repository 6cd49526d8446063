"""What makes two messages one."""

from hypothesis import given
from hypothesis import strategies as st

from lab_crm.lis.identity import IN, OUT, body_digest, message_key, refused_key

BODY = b"MSH|^~\\&|LIS||CRM||20261121||ORU^R01|1|P|2.5.1\rPID|1||42\rOBX|1|NM|GLU||5.4\r"


@given(st.tuples(st.text(), st.text()), st.tuples(st.text(), st.text()))
def test_one_key_for_one_message(one, two):
	assert (message_key(IN, *one) == message_key(IN, *two)) == (
		one == two or "\x1f".join(one) == "\x1f".join(two)
	)


def test_the_key_tells_case_direction_and_spaces():
	keys = {
		message_key(IN, "LIS", "a1"),
		message_key(IN, "LIS", "A1"),
		message_key(IN, "LIS", "a1 "),
		message_key(OUT, "LIS", "a1"),
	}
	assert len(keys) == 4
	assert all(len(key) == 64 for key in keys)


def test_a_repeat_may_differ_in_its_header_and_line_ends():
	assert body_digest(BODY) == body_digest(BODY.replace(b"20261121", b"20261122"))
	assert body_digest(BODY) == body_digest(b"\xef\xbb\xbf" + BODY.replace(b"\r", b"\r\n"))


def test_another_value_is_another_body():
	assert body_digest(BODY) != body_digest(BODY.replace(b"5.4", b"5.5"))


def test_a_refused_message_has_a_key_of_its_own():
	assert refused_key(BODY) != message_key(IN, "LIS", "1")
	assert refused_key(BODY) == refused_key(bytes(BODY))
