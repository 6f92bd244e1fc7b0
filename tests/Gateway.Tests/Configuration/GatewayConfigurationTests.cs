using FsCheck.Fluent;
using Tda.Gateway.Configuration;
using Tda.Gateway.Spool;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Configuration;

public sealed class GatewayConfigurationTests : IDisposable
{
    private const string Full = """
        // The gateway of the team.
        {
          "upstream": "https://api.openai.com",
          "durability": "synced", /* the disk has it */
          "timeout": "1h30m",
          "max_recorded_body_bytes": "1MiB",
          "sample": 0.5,
          "add_forwarded_headers": true,
          "spool": { "max_bytes": "10GiB", "when_full": "pass_unrecorded" },
          "routes": {
            "/v1/messages": { "upstream": "https://api.anthropic.com", "timeout": "20m" },
            "/v1/embeddings": { "sample": 0, "durability": "memory" },
          },
        }
        """;

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Load_FileWithCommentsUnitsAndGroups_Options()
    {
        var options = Configuration(Full).Load();

        Assert.Equal("https://api.openai.com", options.Upstream);
        Assert.Equal(Durability.Synced, options.Durability);
        Assert.Equal(TimeSpan.FromMinutes(90), options.Timeout);
        Assert.Equal(1 << 20, options.MaxRecordedBodyBytes);
        Assert.True(options.AddForwardedHeaders);
        Assert.Equal((10L << 30, SpoolFullPolicy.PassUnrecorded, 64 << 20), (options.Spool.MaxBytes, options.Spool.WhenFull, options.Spool.SegmentBytes));
        Assert.Equal("https://api.anthropic.com", options.UpstreamOf("/v1/messages"));
        Assert.Equal("https://api.openai.com", options.UpstreamOf("/v1/models"));
        Assert.Equal(TimeSpan.FromMinutes(20), options.TimeoutOf("/v1/messages"));
        Assert.Equal((0, 0.5), (options.SampleOf("/v1/embeddings"), options.SampleOf("/v1/messages")));
        Assert.Equal(Durability.Memory, options.DurabilityOf("/v1/embeddings"));
    }

    [Fact]
    public void Load_SameMemberInFileEnvironmentAndCommandLine_CommandLineThenEnvironmentWins()
    {
        var environment = new Dictionary<string, string>
        {
            ["TDA_GATEWAY__TIMEOUT"] = "2m",
            ["TDA_GATEWAY__SPOOL__MAX_BYTES"] = "20GiB",
            ["TDA_GATEWAY__DURABILITY"] = "memory",
            ["TDA_GATEWAY__ADD_FORWARDED_HEADERS"] = "false",
            ["TDA_GATEWAY__SAMPLE"] = "0.25",
            ["TDA_GATEWAY__ROUTES"] = """{"/v1/models": {"timeout": "5s"}}""",
            ["TDA_HOME"] = "elsewhere",
        };

        var options = new GatewayConfiguration(_directory.Write("g.json", Full), environment, [new("timeout", "3s", "--timeout")]).Load();

        Assert.Equal(TimeSpan.FromSeconds(3), options.Timeout);
        Assert.Equal((20L << 30, SpoolFullPolicy.PassUnrecorded), (options.Spool.MaxBytes, options.Spool.WhenFull));
        Assert.Equal((Durability.Memory, false, 0.25), (options.Durability, options.AddForwardedHeaders, options.Sample));
        Assert.Equal(["/v1/models"], options.Routes.Keys);
    }

    [Fact]
    public void Load_NoFile_EnvironmentAndCommandLineSuffice()
    {
        var options = new GatewayConfiguration(null, new Dictionary<string, string> { ["TDA_GATEWAY__UPSTREAM"] = "http://u" }).Load();

        Assert.Equal("http://u", options.Upstream);
    }

    [Fact]
    public void Load_ManyErrors_AllWithPathAndLineAndExitCode2()
    {
        var configuration = Configuration("""
            {
              "upstrem": "https://a",
              "timeout": 90,
              "durability": "fast",
              "sample": 2,
              "spool": {
                "max_byts": 1,
                "segment_bytes": "1KiB"
              },
              "routes": { "/v1/messages": { "timeout": "soon", "sample": -1 } },
              "timeout": "5s"
            }
            """, new Dictionary<string, string> { ["TDA_GATEWAY__SPOOL__OPEN_AFTER"] = "never" });

        var error = Assert.Throws<UsageException>(configuration.Load);

        Assert.Equal(2, error.ExitCode);
        string[] expected =
        [
            "g.json:2: upstrem: there is no such option; did you mean 'upstream'?",
            "g.json:1: upstream: is required",
            "g.json:3: timeout: must be a duration such as \"90s\"",
            "g.json:4: durability: must be one of memory, written, synced, not 'fast'",
            "g.json:5: sample: must be 0 to 1, not 2",
            "g.json:7: spool.max_byts: there is no such option; did you mean 'max_bytes'?",
            "g.json:8: spool.segment_bytes: must be 64 KiB to 1 GiB, not 1024",
            "g.json:10: routes[\"/v1/messages\"].timeout: must be a duration",
            "g.json:10: routes[\"/v1/messages\"].sample: must be 0 to 1, not -1",
            "g.json:11: timeout: is given twice, first at g.json:3",
            "TDA_GATEWAY__SPOOL__OPEN_AFTER: spool.open_after: must be a duration",
        ];
        Assert.All(expected, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
        Assert.Equal(expected.Length, error.Message.Split("\n  - ").Length - 1);
    }

    [Theory]
    [InlineData("{ \"upstream\": }", "g.json:1: isn't valid JSON")]
    [InlineData("{\n\"upstream\": \"http://u\"\n", "g.json:3: isn't valid JSON")]
    [InlineData("[1]", "the file must hold one object")]
    [InlineData("", "isn't valid JSON")]
    [InlineData("{\"upstream\": null}", "upstream: must not be null")]
    [InlineData("{\"upstream\": \"http://u\", \"routes\": [1]}", "routes: must be an object")]
    [InlineData("{\"upstream\": \"http://u\", \"routes\": {\"/v1/models\": null}}", "must not be null")]
    [InlineData("{\"upstream\": \"http://u\", \"routes\": {\"/v1/models\": {\"upstream\": \"ftp://x\"}}}", "routes[\"/v1/models\"].upstream: must be an http")]
    [InlineData("{\"upstream\": \"http://u\", \"add_forwarded_headers\": \"true\"}", "must be true or false")]
    [InlineData("{\"upstream\": \"http://u\", \"max_recorded_body_bytes\": 1e99}", "max_recorded_body_bytes: must be a whole number")]
    [InlineData("{\"upstream\": \"http://u\", \"max_recorded_body_bytes\": \"4GiB\"}", "max_recorded_body_bytes: must be at most")]
    public void Read_BadFile_SaysWhatAndWhere(string json, string message)
    {
        var result = Configuration(json).Read();

        Assert.Null(result.Options);
        Assert.Contains(message, string.Join('\n', result.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NoSuchFile_Error() =>
        Assert.Contains("there is no such file", Assert.Single(new GatewayConfiguration(_directory["none.json"]).Read().Errors), StringComparison.Ordinal);

    [Fact]
    public void Read_FileCutAtAnyByte_ErrorsAndNoException()
    {
        for (var length = 0; length < Full.Length - 1; length++)
        {
            var result = Configuration(Full[..length]).Read();

            // A file that is half written must never be taken for a configuration.
            Assert.True(result.Options is null && result.Errors.Count > 0, $"the first {length} characters were taken");
        }
    }

    [Fact]
    public void Read_AnyCharacterExchanged_ErrorsOrOptions() => Property.Holds(
        from at in Gen.Choose(0, Full.Length - 1)
        from with in Gen.Elements("{}[]\":,0x\\/ \u00e9\0".ToCharArray())
        select Full[..at] + with + Full[(at + 1)..],
        json =>
        {
            var result = Configuration(json).Read();
            Assert.True(result.Options is null == result.Errors.Count > 0);
            Assert.All(result.Errors, error => Assert.Contains("g.json", error, StringComparison.Ordinal));
        });

    [Fact]
    public void Supports_EveryOptionOfTheGateway_CanBeReadFromAFile() =>
        Assert.All(
            ConfigMember.Of(typeof(GatewayOptions)),
            member => Assert.True(ConfigTypes.Supports(member.Property.PropertyType), $"{member.Name}: {member.Property.PropertyType} can't be read from a file"));

    [Fact]
    public void Bind_DefaultsNotNamed_AreThoseOfTheOptions()
    {
        var options = Configuration("""{ "upstream": "http://u", "spool": {}, "telemetry": {}, "security": {}, "redaction": {}, "logprobs": {} }""").Load();

        Assert.Empty(ConfigChange.Between(new GatewayOptions { Upstream = "http://u" }, options).Changed);
    }

    private GatewayConfiguration Configuration(string json, Dictionary<string, string>? environment = null) =>
        new(_directory.Write("g.json", json), environment);
}
