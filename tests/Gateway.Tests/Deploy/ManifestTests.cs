using System.Text.RegularExpressions;
using Tda.Gateway.Configuration;
using Tda.TestKit;
using YamlDotNet.RepresentationModel;
using static Tda.Gateway.Tests.Deploy.DeployFiles;

namespace Tda.Gateway.Tests.Deploy;

public partial class ManifestTests
{
    private static readonly List<YamlMappingNode> Kubernetes = Yaml(PathOf("kubernetes/gateway.yaml"));

    private static YamlMappingNode Set => Kind("StatefulSet");

    [Fact]
    public void Yaml_EveryFile_Parses() =>
        Assert.All(All("*.yaml").Concat(All("*.yml")), path => Assert.NotEmpty(Yaml(path)));

    [Fact]
    public void Kubernetes_EveryObject_HasKindNameAndTheLabel() => Assert.All(Kubernetes, node =>
    {
        Assert.NotEmpty(Text(node, "apiVersion"));
        Assert.NotEmpty(Text(node, "kind"));
        Assert.Matches("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", Text(node, "metadata.name"));
        Assert.Contains("tda-gateway", $"{At(node, "metadata.labels")}", StringComparison.Ordinal);
    });

    [Fact]
    public void Kubernetes_Pods_RunWithoutRightsOnAReadOnlyDisk()
    {
        const string Pod = "spec.template.spec.";
        const string Container = Pod + "containers.0.securityContext.";

        Assert.Equal("true", Text(Set, Pod + "securityContext.runAsNonRoot"));
        Assert.Equal("RuntimeDefault", Text(Set, Pod + "securityContext.seccompProfile.type"));
        Assert.Equal("false", Text(Set, Pod + "automountServiceAccountToken"));
        Assert.Equal("true", Text(Set, Container + "readOnlyRootFilesystem"));
        Assert.Equal("false", Text(Set, Container + "allowPrivilegeEscalation"));
        Assert.Equal("ALL", Text(Set, Container + "capabilities.drop.0"));
        var user = Dockerfile.Parse(DeployFiles.Read("Dockerfile")).Last(instruction => instruction.Name == "USER").Arguments;
        Assert.Equal(user, $"{Text(Set, Pod + "securityContext.runAsUser")}:{Text(Set, Pod + "securityContext.runAsGroup")}");
    }

    [Fact]
    public void Kubernetes_Replicas_AreTwoWithAVolumeEachAndOneAlwaysUp()
    {
        Assert.Equal("2", Text(Set, "spec.replicas"));
        Assert.Equal("1", Text(Kind("PodDisruptionBudget"), "spec.minAvailable"));
        var claim = Text(Set, "spec.volumeClaimTemplates.0.metadata.name");
        var mounts = Assert.IsType<YamlSequenceNode>(At(Set, "spec.template.spec.containers.0.volumeMounts"));
        Assert.Equal("/var/lib/tda", Text(mounts.Single(mount => Text(mount, "name") == claim), "mountPath"));
        Assert.Contains(Kubernetes, node => Text(node, "kind") == "Service" && Text(node, "metadata.name") == Text(Set, "spec.serviceName"));
    }

    [Fact]
    public void Kubernetes_Selectors_FindThePods()
    {
        var labels = $"{At(Set, "spec.template.metadata.labels")}";

        Assert.Equal(labels, $"{At(Set, "spec.selector.matchLabels")}");
        Assert.Equal(labels, $"{At(Kind("PodDisruptionBudget"), "spec.selector.matchLabels")}");
        Assert.All(Kubernetes.Where(node => Text(node, "kind") == "Service"), service => Assert.Equal(labels, $"{At(service, "spec.selector")}"));
    }

    [Theory]
    [InlineData("livenessProbe", "/alive")]
    [InlineData("startupProbe", "/alive")]
    [InlineData("readinessProbe", "/ready")]
    public void Kubernetes_Probes_AskTheRightAddress(string probe, string path) =>
        Assert.Equal(path, Text(Set, $"spec.template.spec.containers.0.{probe}.httpGet.path"));

    [Fact]
    public void Configurations_OfEveryKind_AreValidAndStopInTime()
    {
        using var directory = new TempDirectory();
        var configMap = directory.Write("map.json", $"{Assert.IsType<YamlMappingNode>(At(Kind("ConfigMap"), "data")).Children["gateway.json"]}");
        var own = new GatewayConfiguration(PathOf("gateway.json")).Load();
        var mapped = new GatewayConfiguration(configMap).Load();

        // Who stops the gateway must wait longer than it drains, or its last answers are cut.
        var compose = Yaml(PathOf("compose.yaml"))[0];
        Assert.True(Seconds(Text(compose, "services.gateway.stop_grace_period")) > Drain(own));
        Assert.True(Seconds(Text(Set, "spec.template.spec.terminationGracePeriodSeconds") + "s") > Drain(mapped));
        Assert.True(Seconds(Stop().Match(Read("systemd/tda-gateway.service")).Groups[1].Value + "s") > Drain(own));
    }

    [Fact]
    public void Compose_Services_AreTheGatewayItsStoreAndPrometheus()
    {
        var compose = Yaml(PathOf("compose.yaml"))[0];

        Assert.Equal("deploy/Dockerfile", Text(compose, "services.gateway.build.dockerfile"));
        Assert.Equal("true", Text(compose, "services.gateway.read_only"));
        Assert.Equal("service_healthy", Text(compose, "services.gateway.depends_on.postgres.condition"));
        Assert.Equal("metrics", Text(compose, "services.prometheus.profiles.0"));
        var volumes = Assert.IsType<YamlMappingNode>(At(compose, "volumes")).Children.Keys.Select(name => $"{name}").ToHashSet();
        foreach (var service in Assert.IsType<YamlMappingNode>(At(compose, "services")).Children.Values)
        {
            foreach (var volume in Assert.IsType<YamlSequenceNode>(At(service, "volumes")).Select(volume => $"{volume}".Split(':')[0]))
            {
                Assert.True(volume.StartsWith("./", StringComparison.Ordinal) ? Path.Exists(PathOf(volume)) : volumes.Contains(volume), $"{volume} is not there");
            }
        }
    }

    [Fact]
    public void Files_NameOnlyPathsOfTheRepositoryThatExist()
    {
        foreach (var file in All("*"))
        {
            Assert.All(RepositoryPath().Matches(File.ReadAllText(file)), match => Assert.True(Path.Exists(TestPaths.InRepository(match.Value)), $"{file} names {match.Value}"));
        }
    }

    private static YamlMappingNode Kind(string kind) => Kubernetes.Single(node => Text(node, "kind") == kind);

    private static double Drain(GatewayOptions options) => (options.DrainDelay + options.DrainTimeout).TotalSeconds;

    private static double Seconds(string duration)
    {
        Assert.True(ConfigUnits.TryDuration(duration, out var value), duration);
        return value.TotalSeconds;
    }

    [GeneratedRegex(@"^TimeoutStopSec=(\d+)$", RegexOptions.Multiline)]
    private static partial Regex Stop();

    [GeneratedRegex(@"(?<![\w./-])(src|deploy|docs|tests|bench)/[\w./-]*[\w-]")]
    private static partial Regex RepositoryPath();
}
