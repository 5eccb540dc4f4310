"""Pages: nothing lost and nothing twice, also while groups come and go between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from yunmock import Cloud
    from yunmock.eci import EciService

REGION = "cn-hangzhou"


def pages(sdk: Any, **query: Any) -> Iterator[list[str]]:
    """The ids of one page after the other, until there is no token."""
    token = None
    while token != "":
        body = sdk.groups(next_token=token, **query)
        token = body.next_token
        yield [group.container_group_id for group in body.container_groups]


def make(eci: EciService, count: int) -> list[str]:
    """Make running groups."""
    return [eci.create_container_group(REGION, f"g{n}", status="Running") for n in range(count)]


def test_a_thousand_groups(cloud: Cloud, eci: EciService, sdk: Any) -> None:
    """1,000 groups come on 50 pages of 20, each group once, oldest first, and every page tells the total."""
    ids = make(eci, 1000)

    found = list(pages(sdk))

    assert [len(page) for page in found] == [20] * 50
    assert [each for page in found for each in page] == ids
    assert {b'"TotalCount": 1000' in cloud.handle("eci", cloud.calls[n].request).body for n in (0, 25, 49)} == {True}


def test_groups_come_and_go(eci: EciService, sdk: Any) -> None:
    """While before each page one group goes and one comes, those that stay are answered once, in their order."""
    ids = make(eci, 1000)
    doomed = ids[::20]
    seen: list[str] = []
    added: list[str] = []
    for place, page in enumerate(pages(sdk)):
        seen += page
        if place < len(doomed):
            eci.delete_container_group(doomed[-1 - place])
            added.append(eci.create_container_group(REGION, "late"))

    stayed = [each for each in ids if each not in set(doomed)]

    assert len(seen) == len(set(seen))
    assert [each for each in seen if each in set(stayed)] == stayed
    assert set(added) <= set(seen)


def test_the_last_group_of_a_page_goes(eci: EciService, sdk: Any) -> None:
    """A token stays good when the group it was cut at is gone."""
    ids = make(eci, 25)
    first = sdk.groups()
    eci.delete_container_group(ids[19])

    assert sdk.ids(next_token=first.next_token) == ids[20:]


def test_full_last_page(eci: EciService, sdk: Any) -> None:
    """When the last page is full its token is empty."""
    make(eci, 40)

    assert [len(page) for page in pages(sdk)] == [20, 20]


def test_limit_may_change(eci: EciService, sdk: Any) -> None:
    """A page may be of another size than the one before."""
    ids = make(eci, 12)
    first = sdk.groups(limit=5)

    assert sdk.ids(next_token=first.next_token, limit=3) == ids[5:8]


def test_pages_of_a_filter(eci: EciService, sdk: Any) -> None:
    """Filters go before pages: a page is full though others lie between."""
    ids = make(eci, 60)
    for each in ids[::2]:
        eci.set_status(each, "Failed")

    assert list(pages(sdk, status="Failed")) == [ids[:40:2], ids[40::2]]


def test_token_of_another_query(eci: EciService, sdk: Any, refused: Callable[..., Any]) -> None:
    """A token is refused by another region and by the other call."""
    make(eci, 2)
    token = sdk.groups(limit=1).next_token

    with refused("InvalidParameter", naming="NextToken"):
        sdk.groups(region="cn-beijing", next_token=token)
    with refused("InvalidParameter", naming="NextToken"):
        sdk.events(next_token=token)


@pytest.mark.parametrize("limit", [None, "7"])
def test_pages_of_events(eci: EciService, sdk: Any, limit: str | None) -> None:
    """DescribeContainerGroupEvents pages over groups, 200 by default; its token is in the body that the SDK cuts."""
    ids = make(eci, 401 if limit is None else 15)
    asked = {} if limit is None else {"Limit": limit}
    found: list[list[str]] = []
    token = None
    while token != "":
        body = sdk.raw_events(**asked, **({"NextToken": token} if token else {}))
        token = body["NextToken"]
        found.append([row["ContainerGroupId"] for row in body["Data"]])

    assert [len(page) for page in found] == ([200, 200, 1] if limit is None else [7, 7, 1])
    assert [each for page in found for each in page] == ids
