"""One encrypted value and a dossier's keys: bound to their place, merged by adding up (R-000-39)."""

from __future__ import annotations

import itertools
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit.crypt import identity, keyring, sealed
from crmkit.crypt.keyring import Keyring, Wrapped
from crmkit.crypt.sealed import Altered, Where
from crmkit.errors import Refused
from crmkit.yaml import write

KEY = bytes(range(32))
HERE = Where("customer", "", "id_number")


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_what_was_sealed_comes_back(text: str) -> None:
    value = sealed.parse(sealed.seal(text, KEY, "abcdefgh", HERE))
    assert value is not None
    assert sealed.unseal(value, KEY, HERE) == text


def test_a_value_is_about_95_characters_and_does_not_tell_its_length() -> None:
    sizes = {
        len(sealed.seal(t, KEY, "abcdefgh", HERE)) for t in ("1", "11010519491231002X", "6222021234567890123")
    }
    assert sizes == {96}


ELSEWHERE = [
    Where("customer", "", "bank_account"),
    Where("contract", "", "id_number"),
    Where("customer", "contract-240610-b2xq", "id_number"),
]


@pytest.mark.parametrize("other", ELSEWHERE)
def test_a_value_opens_nowhere_else(other: Where) -> None:
    value = sealed.parse(sealed.seal("11010519491231002X", KEY, "abcdefgh", HERE))
    assert value is not None
    with pytest.raises(Altered) as e:
        sealed.unseal(value, KEY, other)
    assert "1101" not in str(e.value) + str(e.value.hint)


def test_a_value_under_another_keys_name_does_not_open() -> None:
    text = sealed.seal("secret", KEY, "abcdefgh", HERE).replace("abcdefgh", "hgfedcba")
    value = sealed.parse(text)
    assert value is not None
    with pytest.raises(Altered):
        sealed.unseal(value, KEY, HERE)


@pytest.mark.parametrize("text", ["enc:v1:", "enc:v1:abc:def", "enc:v1:abcdefgh:" + "!" * 80, "plain"])
def test_what_is_no_encrypted_value_is_not_taken_for_one(text: str) -> None:
    assert sealed.parse(text) is None


# keys


def own(tmp_path: Path, name: str) -> identity.Identity:
    path = tmp_path / name
    identity.make(path, "test")
    return identity.load({"CRM_AGE_KEY_FILE": str(path)})


def test_a_key_is_made_private_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "config" / "identity.txt"
    public = identity.make(path, "test")
    assert path.stat().st_mode & 0o777 == 0o600
    assert identity.load({"CRM_AGE_KEY_FILE": str(path)}).recipients == (public,)
    before = path.read_bytes()
    with pytest.raises(Refused):
        identity.make(path, "again")
    assert path.read_bytes() == before


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "identity.txt"
    identity.make(path, "test")
    path.chmod(0o640)
    with pytest.raises(Refused) as e:
        identity.load({"CRM_AGE_KEY_FILE": str(path)})
    assert "AGE-SECRET" not in str(e.value)
    assert "chmod 600" in str(e.value.hint)


def test_nobody_sees_a_private_key(tmp_path: Path) -> None:
    one = own(tmp_path, "a")
    assert "AGE-SECRET" not in repr(one)
    broken = tmp_path / "broken"
    broken.write_text("AGE-SECRET-KEY-1NONSENSE\n")
    broken.chmod(0o600)
    with pytest.raises(Refused) as e:
        identity.load({"CRM_AGE_KEY_FILE": str(broken)})
    assert "NONSENSE" not in str(e.value) + str(e.value.hint)
    with pytest.raises(Refused):
        identity.recipient((tmp_path / "a").read_text().splitlines()[-1])


def test_ssh_keys_read_too_and_one_with_a_passphrase_says_so(tmp_path: Path) -> None:
    for name, phrase in (("plain", ""), ("locked", "phrase")):
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-a", "1", "-N", phrase, "-f", str(tmp_path / name)]
        subprocess.run(words, check=True)
    public = identity.recipient((tmp_path / "plain.pub").read_text())
    key_id, key = keyring.new_key()
    entries = keyring.wrap(key_id, key, [public], "2024-06-05")
    one = identity.load({"CRM_AGE_KEY_FILE": str(tmp_path / "plain")})
    assert Keyring(tuple(entries)).open(key_id, one) == key
    with pytest.raises(Refused) as e:
        identity.load({"CRM_AGE_KEY_FILE": str(tmp_path / "locked")})
    assert "crm keys init" in str(e.value.hint)
    # the usual place is looked at by itself; one that cannot be used there is no trouble
    (tmp_path / ".ssh").mkdir()
    (tmp_path / "plain").replace(tmp_path / ".ssh" / "id_ed25519")
    assert identity.load({"HOME": str(tmp_path)}).recipients == (public,)
    (tmp_path / "locked").replace(tmp_path / ".ssh" / "id_ed25519")
    assert identity.load({"HOME": str(tmp_path)}).recipients == ()


def test_a_ring_reads_back_and_opens_for_its_readers_alone(tmp_path: Path) -> None:
    one, two, stranger = (own(tmp_path, n) for n in "abc")
    key_id, key = keyring.new_key()
    entries = keyring.wrap(key_id, key, [*one.recipients, *two.recipients], "2024-06-05T10:00")
    text = write.dump({"keys": [e.to_yaml() for e in entries]})
    ring = Keyring.read(text.encode(), "keys.yaml")
    assert ring.open(key_id, one) == ring.open(key_id, two) == key
    assert ring.open(key_id, stranger) is None
    assert len({e.id for e in entries}) == 2


def test_two_clones_entries_add_up_in_any_order(tmp_path: Path) -> None:
    one = own(tmp_path, "a")
    made = [keyring.new_key() for _ in range(3)]
    entries = [keyring.wrap(*k, one.recipients, f"2024-06-0{n}")[0] for n, k in enumerate(made, 1)]
    for order in itertools.permutations(entries):
        ring = Keyring(tuple(order))
        assert ring.current(one, one.recipients) == made[0]
        assert all(ring.open(*(k[0], one)) == k[1] for k in made)


def test_nothing_new_is_written_under_a_key_that_somebody_else_reads_or_that_is_retired(
    tmp_path: Path,
) -> None:
    one, two = own(tmp_path, "a"), own(tmp_path, "b")
    both = (*one.recipients, *two.recipients)
    old, new = keyring.new_key(), keyring.new_key()
    entries = (*keyring.wrap(*old, both, "2024-06-01"), *keyring.wrap(*new, one.recipients, "2024-06-02"))
    ring = Keyring(entries)
    assert ring.current(one, both) == old
    assert ring.current(one, one.recipients) == new  # two may no longer read
    retired = Keyring(tuple(Wrapped(e.id, e.key, e.to, e.wrapped, e.made, e.key == old[0]) for e in entries))
    assert retired.current(one, both) == new
    assert retired.open(old[0], two) == old[1]  # what was written under it still opens


def test_wrapped_keys_cannot_be_exchanged(tmp_path: Path) -> None:
    one = own(tmp_path, "a")
    first, second = keyring.new_key(), keyring.new_key()
    entry = keyring.wrap(*second, one.recipients, "x")[0]
    forged = Wrapped(f"{first[0]}.{keyring.tag(entry.to)}", first[0], entry.to, entry.wrapped, "x")
    assert Keyring((forged,)).open(first[0], one) is None
