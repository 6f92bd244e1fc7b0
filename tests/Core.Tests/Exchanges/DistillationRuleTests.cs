namespace Tda.Core.Tests.Exchanges;

public class DistillationRuleTests
{
    private static readonly DistillationRule Rule = new() { Exclude = [TagPattern.Parse("tag=internal"), TagPattern.Parse("tag=team=red")] };

    [Fact]
    public void LeavesOut_WholeAnswer_Nothing() => Assert.Null(Rule.LeavesOut(Answered()));

    [Theory]
    [InlineData("tda.distill", "no", "opted_out")]
    [InlineData("tda.distill", "yes", null)]
    [InlineData("internal", "", "excluded_tag")]
    [InlineData("team", "red", "excluded_tag")]
    [InlineData("team", "blue", null)]
    public void LeavesOut_Tagged_Cause(string name, string value, string? cause) =>
        Assert.Equal(cause, Rule.LeavesOut(Answered() with { Tags = new Dictionary<string, string> { [name] = value } }));

    [Theory]
    [InlineData(TerminalState.ClientAbort, 200, "not_complete")]
    [InlineData(TerminalState.Truncated, 200, "not_complete")]
    [InlineData(TerminalState.GatewayAbort, 200, "not_complete")]
    [InlineData(TerminalState.Complete, 429, "error_status")]
    [InlineData(TerminalState.Complete, 500, "error_status")]
    [InlineData(TerminalState.Complete, 200, null)]
    [InlineData(TerminalState.Complete, null, null)]
    public void LeavesOut_StateAndStatus_Cause(TerminalState state, int? status, string? cause) =>
        Assert.Equal(cause, Rule.LeavesOut(Answered() with { State = state, Status = status }));

    // A stream that was recorded in part has ended well, and its text is only the beginning.
    [Fact]
    public void LeavesOut_AnswerRecordedInPart_NotComplete()
    {
        Assert.Equal("not_complete", Rule.LeavesOut(Answered() with { ResponseBody = new([1, 2], 3, "") }));
        Assert.Equal("not_complete", Rule.LeavesOut(Answered() with { Tags = new Dictionary<string, string> { ["tda.limited"] = "request packed, response cut" } }));
    }

    [Fact]
    public void LeavesOut_NoText_Cause()
    {
        Assert.Equal("no_text", Rule.LeavesOut(Answered() with { Response = "" }));
        Assert.Equal("no_text", Rule.LeavesOut(Answered() with { Prompt = null }));
    }

    [Theory]
    [InlineData("team")]
    [InlineData("tag=")]
    [InlineData("model=x")]
    public void Parse_NoTag_Error(string text) => Assert.Contains("tag=NAME", Assert.Throws<UsageException>(() => TagPattern.Parse(text)).Message, StringComparison.Ordinal);

    private static Exchange Answered() => new()
    {
        Id = "1",
        Route = "/v1/completions",
        Method = "POST",
        Path = "/v1/completions",
        StartedAt = DateTimeOffset.UnixEpoch,
        State = TerminalState.Complete,
        Status = 200,
        Prompt = "p",
        Response = "r",
    };
}
