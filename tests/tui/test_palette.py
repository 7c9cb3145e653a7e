"""Every text role of every theme can be read by people who need contrast."""

import pytest

from console.tui.look.palette import AAA, BADGES, PALETTES, ROLES, Palette, contrast, named, pairs


def test_contrast_is_the_published_ratio() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#123456", "#123456") == 1.0


@pytest.mark.parametrize("palette", PALETTES.values(), ids=lambda p: p.name)
def test_every_role_is_aaa_on_every_surface(palette: Palette) -> None:
    too_faint = {what: round(contrast(a, b), 2) for what, a, b in pairs(palette) if contrast(a, b) < AAA}
    assert too_faint == {}


@pytest.mark.parametrize("palette", PALETTES.values(), ids=lambda p: p.name)
def test_nothing_that_is_painted_lies_outside_the_test(palette: Palette) -> None:
    assert set(palette.roles) == set(ROLES)
    assert set(palette.badges) == set(BADGES)
    assert len(list(pairs(palette))) == len(ROLES) * len(palette.surfaces) + len(BADGES)


@pytest.mark.parametrize("palette", PALETTES.values(), ids=lambda p: p.name)
def test_lines_of_plots_stand_out_from_their_band(palette: Palette) -> None:
    assert contrast(palette.roles["accent"].color, palette.band) >= 3.0
    assert contrast(palette.chart, palette.surfaces["base"]) >= 3.0


def test_themes_are_found_by_the_words_of_the_settings() -> None:
    assert [named(w).name for w in ("dark", "light", "colour-blind", "monochrome")] == list(PALETTES)
    with pytest.raises(KeyError, match="aoer-light"):
        named("solarized")


def _simulate_deuteranopia(color: str) -> tuple[float, float, float]:
    """Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB."""
    r, g, b = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return (
        0.367322 * r + 0.860646 * g - 0.227968 * b,
        0.280085 * r + 0.672501 * g + 0.047413 * b,
        -0.011820 * r + 0.042940 * g + 0.968881 * b,
    )


def test_good_and_bad_stay_apart_for_deuteranopes() -> None:
    roles = PALETTES["aoer-colour-blind"].roles
    good, bad, warn = (_simulate_deuteranopia(roles[r].color) for r in ("ok", "bad", "warn"))

    def distance(one: tuple[float, ...], other: tuple[float, ...]) -> float:
        return sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5

    assert distance(good, bad) > 0.4
    assert distance(good, warn) > 0.4
