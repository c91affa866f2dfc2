"""Where there is no PostgreSQL the tests that need it say so: they are skipped, which in CI is a failure."""

from pathlib import Path

import pytest

from tests.support import postgres


def test_without_a_server_the_skip_names_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEST_POSTGRES_URL", raising=False)
    monkeypatch.setattr(postgres, "PROGRAMS", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(pytest.skip.Exception, match="package `postgresql`"), postgres.named_or_own():
        pass
