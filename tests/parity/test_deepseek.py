"""Group-limited and sigmoid routing against the routers of DeepSeek-V2 and V3, and hash routing against that of V4."""

from typing import Any

import pytest
import torch
from transformers import DeepseekV2Config, DeepseekV3Config, DeepseekV4Config
from transformers.models.deepseek_v2.modeling_deepseek_v2 import DeepseekV2TopkRouter
from transformers.models.deepseek_v3.modeling_deepseek_v3 import DeepseekV3TopkRouter
from transformers.models.deepseek_v4.modeling_deepseek_v4 import DeepseekV4HashRouter

from moe_core.config.routers import GroupLimitedRouterConfig, HashRouterConfig, SigmoidRouterConfig
from moe_core.routers import HashRouter, LinearRouter
from tests.moe_core.cases import linear_router, new_router, route
from tests.parity.oracles import TOLERANCE, D, spread, tokens

pytestmark = pytest.mark.parity

EXPERTS, GROUPS, KEPT, CHOSEN, SCALE = 8, 4, 2, 3, 2.5


def ours(**changes: Any) -> LinearRouter:
    """A router of eight experts in four groups, of which a token may use two."""
    config = GroupLimitedRouterConfig(
        k=CHOSEN, num_groups=GROUPS, groups_kept=KEPT, routed_scaling=SCALE, router_bias=False, **changes
    )
    return linear_router(config, D, num_experts=EXPERTS)


def options(experts: str) -> dict[str, Any]:
    """The same settings under the names of transformers."""
    groups = {"n_group": GROUPS, "topk_group": KEPT, "routed_scaling_factor": SCALE, "num_experts_per_tok": CHOSEN}
    return {"hidden_size": D, "num_attention_heads": 1, experts: EXPERTS} | groups


def test_the_best_expert_of_each_group_decides_in_v2() -> None:
    router = ours(score="softmax", group_score="max")
    config = DeepseekV2Config(topk_method="group_limited_greedy", **options("n_routed_experts"))
    its = DeepseekV2TopkRouter(config)
    its.weight.data.copy_(router.weight)
    _, weights, experts = its(tokens())
    torch.testing.assert_close(route(router, tokens()).gates, spread(EXPERTS, experts, weights), rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("size_of_bias", [0.0, 0.3])
def test_the_two_best_of_each_group_decide_in_v3_and_the_bias_stays_out_of_the_gates(size_of_bias: float) -> None:
    router = ours(score="sigmoid", group_score="top2")
    its = DeepseekV3TopkRouter(DeepseekV3Config(norm_topk_prob=True, **options("n_routed_experts")))
    its.weight.data.copy_(router.weight)
    bias = size_of_bias * torch.linspace(-1.0, 1.0, EXPERTS)
    its.e_score_correction_bias.copy_(bias)
    router.selection_bias.copy_(bias)
    router.notice()
    _, weights, experts = its(tokens())
    routing = route(router, tokens())
    torch.testing.assert_close(routing.gates, spread(EXPERTS, experts, weights), rtol=0, atol=1e-5)
    assert routing.assigned.sum(-1).tolist() == [CHOSEN] * len(tokens())


@pytest.mark.parametrize("renormalize", [False, True])
def test_one_group_of_all_is_the_sigmoid_router_with_and_without_renormalisation(renormalize: bool) -> None:
    config = SigmoidRouterConfig(k=CHOSEN, renormalize=renormalize, router_bias=False)
    router = linear_router(config, D, num_experts=EXPERTS)
    undivided = options("n_routed_experts") | {"n_group": 1, "topk_group": 1, "routed_scaling_factor": 1.0}
    its = DeepseekV3TopkRouter(DeepseekV3Config(norm_topk_prob=renormalize, **undivided))
    its.weight.data.copy_(router.weight)
    _, weights, experts = its(tokens())
    torch.testing.assert_close(route(router, tokens()).gates, spread(EXPERTS, experts, weights), rtol=0, atol=1e-5)


def test_a_table_of_one_expert_an_id_is_that_of_v4() -> None:
    """There a learned score weighs what the table chose; divided by itself, where one was chosen, it is 1."""
    router = new_router(HashRouterConfig(num_ids=32), D, num_experts=EXPERTS)
    assert isinstance(router, HashRouter)
    config = DeepseekV4Config(
        hidden_size=D, n_routed_experts=EXPERTS, num_experts_per_tok=1, routed_scaling_factor=1.0, vocab_size=32
    )
    its = DeepseekV4HashRouter(config)
    its.weight.data.fill_(0.5)
    its.tid2eid.copy_(router.table.unsqueeze(-1))
    ids = torch.arange(len(tokens())) * 7 % 32
    _, weights, experts = its(tokens(), ids)
    gates = router(tokens(), ids).gates
    torch.testing.assert_close(gates, spread(EXPERTS, experts, weights), rtol=0, atol=TOLERANCE)
