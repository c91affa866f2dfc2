"""/imagine from the keystroke to the picture, over real wires."""

from io import BytesIO

from PIL import Image

from tests.e2e.stage import ON_A_PICTURE, images, labels, stage, text_of


async def test_a_member_asks_and_gets_the_picture() -> None:
    async with stage() as one:
        generation = await one.imagine("a red fox in snow", aspect_ratio="16:9", seed=7)
        running = await one.answer(generation)
        assert labels(running) == ["Cancel"]
        done = await one.settled(generation)
        (job,) = await one.ledger("a red fox in snow")
        assert job["inputs"]["seed"] == 7
        told = text_of(done)
        for fact in ("a red fox in snow", "16:9", "7", f"{job['cu']:g} CU", "<@"):
            assert fact in told
        (link,) = images(done)
        assert link.startswith(one.addresses["discord_base_url"].removesuffix("/api/v10"))
        width, height = Image.open(BytesIO(await one.fetch(link))).size
        assert abs(width / height - 16 / 9) < 0.05
        assert done["embeds"][0]["image"]["description"].startswith("a red fox in snow")
        assert done["attachments"] == []  # an attachment that an embed shows is not listed again
        assert labels(done) == ON_A_PICTURE
        assert one.record(generation)["fate"] == "succeeded"
