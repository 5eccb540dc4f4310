"""The calls of the vendor's ECS SDK: those that yunmock answers, and the others by the reason why it does not.

Source: `client.py` of `alibabacloud_ecs20140526` 7.11.8 on PyPI: every `action`. The list is here because that SDK
needs `alibabacloud-tea-openapi` 0.4, and the SDKs of EventBridge and ECI that yunmock is tested with need 0.3. A test
in an environment of its own compares the list with the SDK.
"""

from __future__ import annotations

VERSION = "7.11.8"

ANSWERED = frozenset(
    {
        "AcceptInquiredSystemEvent",
        "CancelSimulatedSystemEvents",
        "CreateSimulatedSystemEvents",
        "DescribeDisksFullStatus",
        "DescribeInstanceHistoryEvents",
        "DescribeInstanceMaintenanceAttributes",
        "DescribeInstances",
        "DescribeInstancesFullStatus",
        "DescribeRegions",
        "ModifyInstanceMaintenanceAttributes",
    }
)

BY_REASON: dict[str, str] = {
    "use the control interface to create, change and release instances and disks": """
        AttachDisk CloneDisks CreateDisk CreateInstance DeleteDisk DeleteInstance DeleteInstances DetachDisk
        JoinResourceGroup ModifyDiskAttribute ModifyDiskDeployment ModifyDiskSpec ModifyInstanceAttribute
        ModifyInstanceAutoReleaseTime ModifyInstanceDeployment ModifyInstanceNetworkSpec ModifyInstanceSpec
        ModifyPrepayInstanceSpec ModifySystemEventAttribute ReActivateInstances ReInitDisk RebootInstance
        RebootInstances RedeployInstance ReplaceSystemDisk ResetDisk ResetDisks ResizeDisk RunInstances
        StartInstance StartInstances StopInstance StopInstances
    """,
    "give tags when you create an instance or disk through the control interface": """
        AddTags DescribeResourceByTags DescribeTags ListTagResources RemoveTags TagResources
    """,
    "Cloud Assistant and terminal sessions are not emulated": """
        CreateActivation CreateCommand DeleteActivation DeleteCommand DeregisterManagedInstance
        DescribeActivations DescribeCloudAssistantSettings DescribeCloudAssistantStatus DescribeCommands
        DescribeInvocationResults DescribeInvocations DescribeManagedInstances DescribeSendFileResults
        DescribeTerminalSessions DisableActivation EndTerminalSession InstallCloudAssistant InvokeCommand
        ListPluginStatus ModifyCloudAssistantSettings ModifyCommand ModifyInvocationAttribute
        ModifyManagedInstance RunCommand SendFile StartTerminalSession StopInvocation
    """,
    "images are not emulated": """
        CancelCopyImage CancelImagePipelineExecution CopyImage CreateImage CreateImageComponent
        CreateImagePipeline DeleteImage DeleteImageComponent DeleteImagePipeline DescribeImageComponents
        DescribeImageFromFamily DescribeImagePipelineExecutions DescribeImagePipelines
        DescribeImageSharePermission DescribeImageSupportInstanceTypes DescribeImages ExportImage ImportImage
        ModifyImageAttribute ModifyImageShareGroupPermission ModifyImageSharePermission
        StartImagePipelineExecution
    """,
    "snapshots are not emulated": """
        ApplyAutoSnapshotPolicy CancelAutoSnapshotPolicy CopySnapshot CreateAutoSnapshotPolicy CreateSnapshot
        CreateSnapshotGroup DeleteAutoSnapshotPolicy DeleteSnapshot DeleteSnapshotGroup
        DescribeAutoSnapshotPolicyAssociations DescribeAutoSnapshotPolicyEx DescribeLockedSnapshots
        DescribeSnapshotGroups DescribeSnapshotLinks DescribeSnapshotMonitorData DescribeSnapshotPackage
        DescribeSnapshots DescribeSnapshotsUsage ExportSnapshot LockSnapshot ModifyAutoSnapshotPolicyEx
        ModifySnapshotAttribute ModifySnapshotCategory ModifySnapshotGroup OpenSnapshotService UnlockSnapshot
    """,
    "networks, addresses and their security are not emulated": """
        ActivateRouterInterface AddBandwidthPackageIps AllocateEipAddress AllocatePublicIpAddress
        AssignIpv6Addresses AssignPrivateIpAddresses AssociateEipAddress AssociateHaVip AttachClassicLinkVpc
        AttachNetworkInterface AuthorizeSecurityGroup AuthorizeSecurityGroupEgress CancelPhysicalConnection
        ConnectRouterInterface ConvertNatPublicIpToEip CreateForwardEntry CreateHaVip CreateNatGateway
        CreateNetworkInterface CreateNetworkInterfacePermission CreatePhysicalConnection CreatePortRangeList
        CreatePrefixList CreateRouteEntry CreateRouterInterface CreateSecurityGroup CreateVSwitch
        CreateVirtualBorderRouter CreateVpc CreateVsc DeactivateRouterInterface DeleteBandwidthPackage
        DeleteForwardEntry DeleteHaVip DeleteNatGateway DeleteNetworkInterface DeleteNetworkInterfacePermission
        DeletePhysicalConnection DeletePortRangeList DeletePrefixList DeleteRouteEntry DeleteRouterInterface
        DeleteSecurityGroup DeleteVSwitch DeleteVirtualBorderRouter DeleteVpc DeleteVsc DescribeAccessPoints
        DescribeBandwidthLimitation DescribeBandwidthPackages DescribeClassicLinkInstances DescribeEipAddresses
        DescribeEipMonitorData DescribeEniMonitorData DescribeForwardTableEntries DescribeHaVips
        DescribeLimitation DescribeNatGateways DescribeNetworkInterfaceAttribute
        DescribeNetworkInterfacePermissions DescribeNetworkInterfaces DescribeNewProjectEipMonitorData
        DescribePhysicalConnections DescribePortRangeListAssociations DescribePortRangeListEntries
        DescribePortRangeLists DescribePrefixListAssociations DescribePrefixListAttributes DescribePrefixLists
        DescribeRouteTables DescribeRouterInterfaces DescribeSecurityGroupAttribute
        DescribeSecurityGroupReferences DescribeSecurityGroups DescribeVRouters DescribeVSwitches
        DescribeVirtualBorderRouters DescribeVirtualBorderRoutersForPhysicalConnection DescribeVpcs DescribeVscs
        DetachClassicLinkVpc DetachNetworkInterface DisableNetworkInterfaceQoS EnableNetworkInterfaceQoS
        EnablePhysicalConnection JoinSecurityGroup LeaveSecurityGroup ModifyBandwidthPackageSpec
        ModifyEipAddressAttribute ModifyForwardEntry ModifyHaVipAttribute ModifyInstanceVpcAttribute
        ModifyNetworkInterfaceAttribute ModifyPhysicalConnectionAttribute ModifyPortRangeList ModifyPrefixList
        ModifyRouterInterfaceAttribute ModifyRouterInterfaceSpec ModifySecurityGroupAttribute
        ModifySecurityGroupEgressRule ModifySecurityGroupPolicy ModifySecurityGroupRule ModifyVRouterAttribute
        ModifyVSwitchAttribute ModifyVirtualBorderRouterAttribute ModifyVpcAttribute RecoverVirtualBorderRouter
        ReleaseEipAddress ReleasePublicIpAddress RemoveBandwidthPackageIps RevokeSecurityGroup
        RevokeSecurityGroupEgress TerminatePhysicalConnection TerminateVirtualBorderRouter UnassignIpv6Addresses
        UnassignPrivateIpAddresses UnassociateEipAddress UnassociateHaVip
    """,
    "dedicated hosts, reservations, sets and clusters are not emulated": """
        AllocateDedicatedHosts CreateAutoProvisioningGroup CreateCapacityReservation CreateDedicatedHostCluster
        CreateDeploymentSet CreateElasticityAssurance CreateHpcCluster CreateSavingsPlan CreateStorageSet
        DeleteAutoProvisioningGroup DeleteDedicatedHostCluster DeleteDeploymentSet DeleteHpcCluster
        DeleteStorageSet DescribeAutoProvisioningGroupHistory DescribeAutoProvisioningGroupInstances
        DescribeAutoProvisioningGroups DescribeCapacityReservationInstances DescribeCapacityReservations
        DescribeClusters DescribeDedicatedHostAutoRenew DescribeDedicatedHostClusters DescribeDedicatedHostTypes
        DescribeDedicatedHosts DescribeDeploymentSetSupportedInstanceTypeFamily DescribeDeploymentSets
        DescribeElasticityAssuranceAutoRenewAttribute DescribeElasticityAssuranceInstances
        DescribeElasticityAssurances DescribeHpcClusters DescribeInstanceTopology
        DescribeReservedInstanceAutoRenewAttribute DescribeReservedInstances DescribeSavingsPlanEstimation
        DescribeSavingsPlanPrice DescribeStorageCapacityUnits DescribeStorageSetDetails DescribeStorageSets
        ModifyAutoProvisioningGroup ModifyCapacityReservation ModifyDedicatedHostAttribute
        ModifyDedicatedHostAutoReleaseTime ModifyDedicatedHostAutoRenewAttribute
        ModifyDedicatedHostClusterAttribute ModifyDedicatedHostsChargeType ModifyDeploymentSetAttribute
        ModifyElasticityAssurance ModifyElasticityAssuranceAutoRenewAttribute ModifyHpcClusterAttribute
        ModifyReservedInstanceAttribute ModifyReservedInstanceAutoRenewAttribute ModifyReservedInstances
        ModifyStorageCapacityUnitAttribute ModifyStorageSetAttribute PurchaseReservedInstancesOffering
        PurchaseStorageCapacityUnit RedeployDedicatedHost ReleaseCapacityReservation ReleaseDedicatedHost
        RenewDedicatedHosts RenewElasticityAssurances RenewReservedInstances
    """,
    "launch templates and key pairs are not emulated": """
        AttachKeyPair CreateKeyPair CreateLaunchTemplate CreateLaunchTemplateVersion DeleteKeyPairs
        DeleteLaunchTemplate DeleteLaunchTemplateVersion DescribeKeyPairs DescribeLaunchTemplateVersions
        DescribeLaunchTemplates DetachKeyPair ImportKeyPair ModifyLaunchTemplateDefaultVersion
    """,
    "prices, charges, renewals and stock are not emulated": """
        DescribeAvailableResource DescribeInstanceAutoRenewAttribute DescribeInstanceModificationPrice
        DescribePrice DescribeRecommendInstanceType DescribeRenewalPrice DescribeResourcesModification
        DescribeSpotAdvice DescribeSpotPriceHistory ModifyDiskChargeType ModifyInstanceAutoRenewAttribute
        ModifyInstanceChargeType RenewInstance
    """,
    "diagnostics, monitoring, consoles and tasks are not emulated": """
        CancelTask CreateDiagnosticMetricSet CreateDiagnosticReport CreatePlanMaintenanceWindow
        DeleteDiagnosticMetricSets DeleteDiagnosticReports DeletePlanMaintenanceWindow
        DescribeDiagnosticMetricSets DescribeDiagnosticMetrics DescribeDiagnosticReportAttributes
        DescribeDiagnosticReports DescribeDiskMonitorData DescribeInstanceMonitorData DescribeInstanceVncUrl
        DescribePlanMaintenanceWindows DescribeTaskAttribute DescribeTasks DescribeUserBusinessBehavior
        GetInstanceConsoleOutput GetInstanceScreenshot ModifyDiagnosticMetricSet ModifyInstanceVncPasswd
        ModifyPlanMaintenanceWindow ModifyUserBusinessBehavior ReportInstancesStatus SendDiagnosticInterrupt
    """,
    "not emulated: no event and no answer here depends on it": """
        AttachInstanceRamRole DescribeAccountAttributes DescribeDiskDefaultKMSKeyId
        DescribeDiskEncryptionByDefaultStatus DescribeDisks DescribeInstanceAttachmentAttributes
        DescribeInstanceAttribute DescribeInstanceRamRole DescribeInstanceStatus DescribeInstanceTypeFamilies
        DescribeInstanceTypes DescribeUserData DescribeZones DetachInstanceRamRole
        DisableDiskEncryptionByDefault EnableDiskEncryptionByDefault ModifyDiskDefaultKMSKeyId
        ModifyInstanceAttachmentAttributes ModifyInstanceClockOptions ModifyInstanceMetadataOptions
        ModifyInstanceNetworkOptions ModifyInstanceSecurityOptions ResetDiskDefaultKMSKeyId UntagResources
    """,
}
"""The names of the calls, separated by spaces, by the reason why they are refused."""

REFUSED: dict[str, str] = {name: reason for reason, names in BY_REASON.items() for name in names.split()}

CALLS = frozenset({*ANSWERED, *REFUSED})
"""Every call of the SDK."""
