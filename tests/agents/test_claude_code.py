"""What is handed to Claude Code, and what it must not take from anywhere else."""

from .ground import KEY, Ground, bash, reported


async def test_a_run(ground: Ground) -> None:
    ran = await ground.run([bash("echo hello > made.txt; pwd"), reported()])

    assert ran.result.failure == "", ran.result
    print(ran.result)
    for seen in ran.model.seen:
        print(seen.headers)
    import json

    print(json.dumps(ran.model.asked[0])[:3000])
    print([t["name"] for t in ran.model.asked[0]["tools"]])
    assert (ground.tree / "made.txt").read_text() == "hello\n"
