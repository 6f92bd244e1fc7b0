namespace Tda.Gateway.Tests;

public class GatewayOptionsTests
{
    [Fact]
    public void Validate_ManyErrors_AllToldAtOnceWithExitCode2()
    {
        var options = new GatewayOptions
        {
            Upstream = "ftp://x",
            Listen = "nonsense",
            Timeout = TimeSpan.Zero,
            MaxRecordedBodyBytes = 0,
            MaxMemoryBytes = 1 << 20,
            Routes = new Dictionary<string, RouteOptions> { ["chat"] = new() { Timeout = TimeSpan.FromSeconds(1) } },
        };

        var error = Assert.Throws<UsageException>(options.Validate);

        Assert.Equal(2, error.ExitCode);
        Assert.All((string[])["upstream: must", "listen: must", "timeout: must", "max_recorded_body_bytes", "max_memory_bytes", "chat"], part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("https://api.openai.com")]
    [InlineData("https://api.openai.com/v1")]
    [InlineData("http://[::1]:8080/openai/")]
    public void Errors_GoodUpstream_None(string upstream) => Assert.Empty(new GatewayOptions { Upstream = upstream }.Errors());

    [Theory]
    [InlineData("https://user:pass@host")]
    [InlineData("https://host/?key=pass")]
    [InlineData("pass")]
    [InlineData("")]
    public void Errors_BadUpstream_OneAndNoSecretInIt(string upstream) =>
        Assert.DoesNotContain(":pass@", Assert.Single(new GatewayOptions { Upstream = upstream }.Errors()).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("/v1/messages", "http://a", 1)]
    [InlineData("/v1/messages/count_tokens", "http://a", 1)]
    [InlineData("/v1/messages/batches", "http://a", 2)]
    [InlineData("/v1/messages/batches/{id}", "http://a", 2)]
    [InlineData("/v1/Messages", "http://a", 1)]
    [InlineData("/v1/messages2", "http://u", 600)]
    [InlineData("/v1/chat/completions", "http://u", 600)]
    [InlineData("/v1", "http://u", 600)]
    public void UpstreamOf_CallBelowARoute_ThatOfTheNearestRoute(string route, string upstream, int seconds)
    {
        var options = new GatewayOptions { Upstream = "http://u" } with
        {
            Routes = new Dictionary<string, RouteOptions>
            {
                ["/v1/messages"] = new() { Upstream = "http://a", Timeout = TimeSpan.FromSeconds(1) },
                ["/v1/messages/batches"] = new() { Timeout = TimeSpan.FromSeconds(2) },
            },
        };

        Assert.Equal((upstream, seconds), (options.UpstreamOf(route), (int)options.TimeoutOf(route).TotalSeconds));
    }

    [Fact]
    public void TimeoutOf_RouteWithItsOwn_ThatOne()
    {
        var options = new GatewayOptions { Upstream = "http://u", Routes = new Dictionary<string, RouteOptions> { ["/v1/models"] = new() { Timeout = TimeSpan.FromSeconds(3) } } };

        Assert.Equal(TimeSpan.FromSeconds(3), options.TimeoutOf("/v1/models"));
        Assert.Equal(TimeSpan.FromMinutes(10), options.TimeoutOf("/v1/chat/completions"));
    }
}
