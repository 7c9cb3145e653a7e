"""One word means one tenant, everywhere, or the answer says why not."""

from collections.abc import Callable
from uuid import UUID

import asyncpg
import pytest

from console.aoer.tenant import find_tenant as rated_tenant
from console.config.settings import Settings, override
from console.errors import Conflict, NotFound
from console.store.database import Database
from console.tenancy import find_tenant, find_tenants


@pytest.fixture
async def ids(owner_dsn: str) -> dict[str, UUID]:
    """Two tenants called Same, one called acme beside another one's slug acme, and one of another membership."""
    names = [
        ("Same", "same-1"),
        ("Same", "same-2"),
        ("Acme Motors", "acme"),
        ("acme", "acme-2"),
        ("Harlow Ltd", "harlow"),
    ]
    connection = await asyncpg.connect(owner_dsn)
    try:
        made = "INSERT INTO tenants (name, slug) VALUES ($1, $2) RETURNING id"
        return {slug: await connection.fetchval(made, name, slug) for name, slug in names}
    finally:
        await connection.close()


async def test_an_id_wins_over_a_slug_and_a_slug_over_a_name(db: Database, ids: dict[str, UUID]) -> None:
    assert await find_tenant(db, "acme") == ids["acme"]
    assert await find_tenant(db, "Acme Motors") == ids["acme"]
    assert await find_tenant(db, str(ids["same-2"]).upper()) == ids["same-2"]
    assert await find_tenants(db, ["harlow", "same-1", "Harlow Ltd"]) == [ids["harlow"], ids["same-1"]]
    assert (await rated_tenant(db, "acme")).id == ids["acme"]


async def test_other_letters_are_found_when_nothing_fits_exactly(db: Database, ids: dict[str, UUID]) -> None:
    assert await find_tenant(db, "harlow ltd") == ids["harlow"]
    assert await find_tenant(db, "HARLOW") == ids["harlow"]


async def test_a_shared_name_asks_for_the_slug(db: Database, ids: dict[str, UUID]) -> None:
    with pytest.raises(Conflict) as caught:
        await find_tenant(db, "Same")
    assert "same-1, same-2" in caught.value.hint
    assert await find_tenant(db, "same-2") == ids["same-2"]
    with pytest.raises(Conflict):
        await rated_tenant(db, "same")


async def test_an_unknown_word_gets_similar_ones_and_no_wildcards(db: Database, ids: dict[str, UUID]) -> None:
    with pytest.raises(NotFound) as caught:
        await find_tenant(db, "harl")
    assert "harlow" in caught.value.hint
    with pytest.raises(NotFound) as caught:
        await find_tenant(db, "%")
    assert "did you mean" not in caught.value.hint


async def test_a_member_finds_only_its_own(owner_dsn: str, login: Callable[..., str], ids: dict[str, UUID]) -> None:
    connection = await asyncpg.connect(owner_dsn)
    await connection.execute(
        "INSERT INTO tenant_members (tenant_id, member, access) VALUES ($1, 'find_one', 'viewer')", ids["same-1"]
    )
    await connection.close()
    settings = override(Settings(), {"database.dsn": login("find_one", "aoer_viewer")})
    async with Database.open(settings, application="test") as db:
        assert await find_tenant(db, "Same") == ids["same-1"], "the other one is not even counted"
        for word in ("harlow", "Harlow Ltd", str(ids["harlow"])):
            with pytest.raises(NotFound) as caught:
                await find_tenant(db, word)
            assert "did you mean" not in caught.value.hint
