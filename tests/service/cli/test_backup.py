"""What `purr backup` and `purr restore` say."""

from pathlib import Path

from tests.service.cli.command import Purr


def test_what_was_made_is_told_and_the_digest_is_held_against_it(
    purr: Purr, tmp_path: Path
) -> None:
    (tmp_path / "data" / "jobs").mkdir(parents=True)
    final, to = tmp_path / "b.tar", tmp_path / "restored"
    told = purr("backup", final, "--data-dir", tmp_path / "data")
    assert told.exit_code == 0
    digest = told.stdout.rpartition("sha256:")[2].strip()
    assert len(digest) == 64
    checked = purr("restore", final, "--check", "--digest", f"sha256:{digest}")
    assert (checked.exit_code, digest in checked.stdout) == (0, True)
    refused = purr("restore", final, "--data-dir", to, "--digest", "sha256:0")
    assert (refused.exit_code, to.exists()) == (1, False)
    assert "Expected the backup of digest sha256:0" in refused.stderr
    assert purr("restore", final, "--data-dir", to).exit_code == 0
    assert to.is_dir()


def test_what_cannot_be_made_is_said_in_words(purr: Purr, tmp_path: Path) -> None:
    told = purr("backup", tmp_path / "b.tar", "--data-dir", tmp_path / "nowhere")
    assert told.exit_code == 1
    assert "Expected a data folder at" in told.stderr
    told = purr("restore", tmp_path / "b.tar", "--data-dir", tmp_path / "nowhere")
    assert told.exit_code == 1
    assert "Expected a backup at" in told.stderr
