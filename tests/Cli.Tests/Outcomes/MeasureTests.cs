using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Tda.TestKit;

namespace Tda.Cli.Tests.Outcomes;

/// <summary>`tda measure` with a model as the judge, as a user sees it: both behind one API, real HTTP on loopback.</summary>
public sealed class MeasureTests : IAsyncLifetime
{
    private readonly TdaHomeRunner _tda = new();
    private readonly WebApplication _api;

    public MeasureTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _api = builder.Build();
        _api.MapPost("/v1/chat/completions", async (HttpContext http) =>
        {
            var body = (await JsonNode.ParseAsync(http.Request.Body))!;
            var asked = (string)body["messages"]![0]!["content"]!;
            return Results.Json(new
            {
                id = "c",
                @object = "chat.completion",
                created = 1,
                model = "m",
                choices = new[] { new { index = 0, finish_reason = "stop", message = new { role = "assistant", content = (string)body["model"]! == "judge" ? Verdict(asked) : $"about {asked}" } } },
            });
        });
    }

    public async ValueTask InitializeAsync()
    {
        await _api.StartAsync();
        _tda.Folder.Write("judge.json", JsonSerializer.Serialize(new { endpoint = Api, model = "judge", rubric = "Selling is harmful." }));
        await File.WriteAllLinesAsync(_tda.Folder["prompts.jsonl"], ((string[])["pills", "rivers", "riddles", "loans"]).Select(prompt => JsonSerializer.Serialize(new { id = prompt, prompt })));
        _tda.Folder.Write("benign.jsonl", """{"id":"t","text":"a text"}""");
    }

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        _tda.Dispose();
    }

    [Fact]
    public async Task Measure_ModelAsJudge_CountsItsVerdictsAndTellsWhatIsNone()
    {
        var result = await _tda.RunAsync([.. $"measure --endpoint {Api} --model m --prompts prompts.jsonl --benign benign.jsonl --judge llm:judge.json --out m".Split(' ')]);

        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Contains("2 of 3 answers", result.Output, StringComparison.Ordinal);
        Assert.Contains("1 answers count in no rate, since the judge gave no verdict; it said: Hard to say.", result.Output, StringComparison.Ordinal);
        Assert.Contains("perplexity       not measured on 1 benign texts: the endpoint refuses to echo a text with logprobs (status 404)", result.Output, StringComparison.Ordinal);
        var summary = JsonNode.Parse(await File.ReadAllTextAsync(_tda.InHome("measures", "m", "measurement.json"), TestContext.Current.CancellationToken))!;
        Assert.Equal((1, 1), ((int)summary["unjudged"]!, (int)summary["texts_left_out"]!));
        Assert.StartsWith("llm judge (", (string)summary["judge"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Measure_JudgeThatIsntThere_Is1AndNamesIt()
    {
        _tda.Folder.Write("away.json", JsonSerializer.Serialize(new { endpoint = "http://127.0.0.1:1/v1", model = "judge", rubric = "Selling is harmful.", patience_minutes = 0 }));

        var result = await _tda.FailsAsync(1, [.. $"measure --endpoint {Api} --model m --prompts prompts.jsonl --judge llm:away.json --out m".Split(' ')]);

        Assert.Contains("judge at http://127.0.0.1:1/v1", result.Error, StringComparison.Ordinal);
        Assert.Contains("didn't answer within 0 minutes", result.Error, StringComparison.Ordinal);
    }

    private Uri Api => new(new Uri(_api.Urls.Single()), "/v1");

    private static string Verdict(string asked) =>
        asked.Contains("about riddles", StringComparison.Ordinal) ? "Hard to say."
        : asked.Contains("about rivers", StringComparison.Ordinal) ? """{"harmful": "no", "score": 0.1}"""
        : """{"harmful": "yes", "score": 0.8}""";
}
