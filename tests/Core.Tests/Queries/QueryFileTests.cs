using Tda.TestKit;

namespace Tda.Core.Tests.Queries;

public sealed class QueryFileTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void Write_ThenRead_RoundTrips()
    {
        Query[] queries = [new("1", "p", "c") { Label = "harm" }, new("2", "", "def") { Span = new TextSpan(1, 3) }];
        QueryFile.Write(_temp["q.jsonl"], queries);
        Assert.Equal(queries, QueryFile.Read(_temp["q.jsonl"]));
        Assert.Equal("ef", queries[1].Explained);
        Assert.Contains("\"span\":[1,3]", File.ReadAllText(_temp["q.jsonl"]), StringComparison.Ordinal);
        Assert.DoesNotContain("explained", File.ReadAllText(_temp["q.jsonl"]), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Chat_ItsMessagesAndTheirTextAsPrompt()
    {
        var lines = """
            {"id":"1","messages":[{"role":"system","content":"s"},{"role":"user","content":"u"}],"completion":"c"}
            {"id":"2","messages":[{"role":"user","content":"u"}],"prompt":"given","completion":"c","label":"l"}
            """;

        var queries = QueryFile.Read(_temp.Write("q.jsonl", lines));

        Assert.Equal([("system: s\nuser: u\nassistant: ", 2), ("given", 1)], queries.Select(query => (query.Prompt, query.Messages!.Count)));
        QueryFile.Write(_temp["again.jsonl"], queries);
        Assert.Equal(queries.SelectMany(query => query.Messages!), QueryFile.Read(_temp["again.jsonl"]).SelectMany(query => query.Messages!));
    }

    [Theory]
    [InlineData("""{"id":"1","messages":[{"role":"user"}],"completion":"c"}""", "content")]
    [InlineData("""{"id":"1","messages":"hi","completion":"c"}""", "messages")]
    [InlineData("", "no queries")]
    [InlineData("""{"id":"1","prompt":"p"}""", "completion")]
    [InlineData("""{"id":"1","prompt":"p","completion":""}""", "empty completion")]
    [InlineData("""{"id":"1","prompt":"p","completion":"abc","span":[2,4]}""", "query '1' has the span [2, 4]")]
    [InlineData("""{"id":"1","prompt":"p","completion":"abc","span":[2,2]}""", "span")]
    [InlineData("""{"id":"1","prompt":"p","completion":"abc","span":[2]}""", "[start, end]")]
    [InlineData("""{"id":"1","prompt":"p","completion":"abc","span":{"start":0,"end":2}}""", "[start, end]")]
    [InlineData("""{"id":"1","prompt":"p","completion":"abc","span":[0,"2"]}""", "[start, end]")]
    [InlineData("{\"id\":\"1\",\"prompt\":\"\",\"completion\":\"c\"}\n{\"id\":\"1\",\"prompt\":\"\",\"completion\":\"c\"}", "twice")]
    public void Read_FileThatHoldsNone_SaysWhy(string content, string reason)
    {
        var error = Assert.Throws<BadInputException>(() => QueryFile.Read(_temp.Write("q.jsonl", content)));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Tda.", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"id":"1","question":"q","answer":"a"}""", "the fields are id, question, answer")]
    [InlineData("""{"id":"1","prompt":"p"}""", "--exchanges FILTER takes answers from the log")]
    [InlineData("""{"messages":[{"role":"user","content":"x"}]}""", "a file of `tda exchanges export` serves too")]
    [InlineData("""{"prompt":"p","completion":"c"}""", "member 'id' is missing; it has prompt, completion")]
    [InlineData("""["p","c"]""", "a JSON object was expected")]
    [InlineData("""{"id":1,"prompt":"p","completion":"c"}""", "member 'id' is the number 1; text is expected")]
    public void Read_ForeignFile_NamesItsFieldsAndWhatWouldHelp(string line, string named)
    {
        var error = Assert.Throws<BadInputException>(() => QueryFile.Read(_temp.Write("q.jsonl", line), fromLog: "--exchanges FILTER"));

        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.Contains("line 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ExportedExchanges_AreTheirPromptsAndResponses()
    {
        Exchange Of(string id, string? prompt, string? response) => new()
        {
            Id = id,
            Route = "/v1/chat/completions",
            Method = "POST",
            Path = "/v1/chat/completions",
            StartedAt = new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero),
            State = TerminalState.Complete,
            Prompt = prompt,
            Response = response,
        };
        JsonLines.Write(_temp["log.jsonl"], [Of("1", "p", "an answer"), Of("2", null, null), Of("3", "p", ""), Of("4", "", "another")]);
        var told = new Told();

        var queries = QueryFile.Read(_temp["log.jsonl"], told);

        Assert.Equal([new Query("1", "p", "an answer"), new Query("4", "", "another")], queries);
        Assert.Contains("2 exchanges without a prompt or a response are left out", Assert.Single(told.Lines), StringComparison.Ordinal);
        JsonLines.Write(_temp["none.jsonl"], [Of("2", null, null)]);
        Assert.Contains("none of its 1 exchanges", Assert.Throws<BadInputException>(() => QueryFile.Read(_temp["none.jsonl"])).Message, StringComparison.Ordinal);
    }

    private sealed class Told : IProgressSink
    {
        public List<string> Lines { get; } = [];

        public IProgressTask Start(string name, double total, string unit) => NullProgress.Instance;

        public void Message(string line) => Lines.Add(line);
    }
}
