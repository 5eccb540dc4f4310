"""What yunmock emulates of ROS: stacks of the resource types that the other services have."""

from __future__ import annotations

from yunmock.coverage import Coverage
from yunmock.ros.providers import KINDS

VERSION = "3.7.0"

BY_REASON: dict[str, str] = {
    "change sets, rollback of an operation and stack policies are not emulated": """
        CancelStackOperation CancelUpdateStack ContinueCreateStack CreateChangeSet DeleteChangeSet ExecuteChangeSet
        GetChangeSet ListChangeSets GetStackPolicy SetStackPolicy SetDeletionProtection SignalResource
        UpdateStackTemplateByResources ListStackOperationRisks
    """,
    "stacks have no events and no drift here; ListStackResources lists what a stack has made": """
        ListStackEvents GetStackResource DetectStackDrift DetectStackGroupDrift DetectStackResourceDrift
        GetStackDriftDetectionStatus ListStackResourceDrifts
    """,
    "templates are given with the call (TemplateBody), not kept": """
        CreateTemplate DeleteTemplate UpdateTemplate ListTemplates ListTemplateVersions SetTemplatePermission
        CreateTemplateScratch DeleteTemplateScratch UpdateTemplateScratch GetTemplateScratch ListTemplateScratches
        GenerateTemplateByScratch GenerateTemplatePolicy GetTemplateSummary GetTemplateEstimateCost
        GetTemplateParameterConstraints GetTemplateRecommendParameters
    """,
    "stack groups are not emulated": """
        CreateStackGroup CreateStackInstances DeleteStackGroup DeleteStackInstances GetStackGroup
        GetStackGroupOperation GetStackInstance ImportStacksToStackGroup ListStackGroupOperationResults
        ListStackGroupOperations ListStackGroups ListStackInstances StopStackGroupOperation UpdateStackGroup
        UpdateStackInstances
    """,
    "there is no registry of resource types, and nothing to diagnose": """
        CreateDiagnostic DeleteDiagnostic GetDiagnostic ListDiagnostics DeregisterResourceType GetResourceType
        GetResourceTypeTemplate ListResourceTypeRegistrations ListResourceTypeVersions ListResourceTypes
        RegisterResourceType SetResourceType GetFeatureDetails DescribeRegions EnableServiceAccess EnableServices
        GetServiceAccess GetServiceProvisions ListSummaries
    """,
    "tags and resource groups of stacks are not emulated": """
        ListTagKeys ListTagResources ListTagValues TagResources UntagResources MoveResourceGroup
    """,
    "the assistant is not emulated": """
        CreateAITask GetAITask ListAITaskEvents ListAITasks ListChatMessages ListChatSessions StartChat StopChat
    """,
}
"""Calls of the SDK by the reason why they are refused; source: every `action` in its `client.py`.

That SDK needs `alibabacloud-tea-openapi` 0.4; a test in an environment of its own compares the list with it.
"""

COVERAGE = Coverage(
    service="ros",
    title="Resource Orchestration Service (ROS)",
    sdk=f"alibabacloud-ros20190910 {VERSION}",
    module="alibabacloud_ros20190910",
    calls={
        "CreateStack": "the template is in TemplateBody",
        "DeleteStack": "resources with `DeletionPolicy: Retain` stay",
        "GetStack": "",
        "GetTemplate": "",
        "ListStackResources": "",
        "ListStacks": "not by tag, resource group or parent",
        "PreviewStack": "of a new stack",
        "UpdateStack": "one that changes nothing is refused, as in the cloud",
        "ValidateTemplate": "",
    },
    refused={name: reason for reason, names in BY_REASON.items() for name in names.split()},
    limits=(
        f"Resource types: {', '.join(sorted(KINDS))}. A template with another is refused by its name.",
        "Functions: Ref, Fn::Sub, Fn::GetAtt, Fn::Join, Fn::If; Fn::Equals, Fn::Not, Fn::And, Fn::Or in conditions.",
        "Resources are made at once; the status is `…_IN_PROGRESS` for one second of the cloud's clock.",
        "Refused: the sections Rules, Locals, Transform and Workspace, and Count. A stack has at most 200 resources.",
        "The properties of an instance have no effect. A resource that a rollback makes again is empty.",
        "Roles and policies have an effect only where roles are enforced; alarms (CMS) have none.",
        "Unproven: the exact words of a stack's StatusReason, and which errors a template has before anything is made.",
        "Unproven: that two stacks cannot have one queue, and which properties of an instance an update may change.",
    ),
)

CALLS = frozenset({*COVERAGE.calls, *COVERAGE.refused})
"""Every call of the vendor's SDK."""
