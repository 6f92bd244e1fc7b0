using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Tda.Core.Masks;
using Tda.Review.Accounts;
using Tda.Store;
using Tda.Store.Reviews;
using Tda.TestKit;

namespace Tda.Review.Tests.Support;

/// <summary>A desk without its gate, over a home of its own: who asks is in a header. Ten exchanges, of which five are harmful, a corpus and a run.</summary>
internal sealed partial class DeskSite : IAsyncDisposable
{
    public const string Corpus = "mail";
    public const string Run = "why";
    public const int Exchanges = 10;

    private readonly TempDirectory _folder = new();
    private WebApplication _app = null!;
    private IDisposable _desk = null!;

    public TdaHome Home => new(_folder.Path);

    public IExchangeStore Log { get; private set; } = null!;

    public IReviewStore Reviews { get; private set; } = null!;

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    public Uri Url { get; private set; } = null!;

    /// <summary>The corpus's documents; the last is nearly the first.</summary>
    public IReadOnlyList<Document> Documents { get; private set; } = [];

    public static async Task<DeskSite> StartAsync(DeskOptions? options = null, IReadOnlyList<string>? attributeCommand = null)
    {
        var site = new DeskSite();
        site.WriteCorpusAndRun();
        site.Log = await ExchangeStore.OpenAsync(site.Home, time: site.Clock);
        site.Reviews = ReviewStore.Beside(site.Home);
        for (var i = 0; i < Exchanges; i++)
        {
            await site.Log.AppendAsync(new Exchange
            {
                Id = Id(i),
                Route = "/v1/chat/completions",
                Method = "POST",
                Path = "/v1/chat/completions",
                StartedAt = site.Clock.GetUtcNow().AddSeconds(i - 100),
                State = TerminalState.Complete,
                Prompt = $"question {i}",
                Response = site.Documents[0].Text,
                ResponseBody = RecordedBody.Of(Encoding.UTF8.GetBytes($"answer {i}")),
                Tags = new Dictionary<string, string> { ["conversation"] = $"c{i / 5}" },
            });
            await site.Log.AddFeedbackAsync(new() { ExchangeId = Id(i), Label = "harm", Value = i % 2 == 0 ? .9 : .1, At = site.Clock.GetUtcNow(), By = "judge" });
        }

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRoutingCore();
        ReviewDesk.AddServices(builder.Services);
        site._app = builder.Build();
        site._app.Use((context, next) =>
        {
            var who = context.Request.Headers["X-Who"].ToString().Split(' ');
            context.Features.Set(new DeskUser(who[0], Enum.Parse<ReviewRole>(who[1]), "token"));
            return next(context);
        });
        site._desk = ReviewDesk.Map(site._app, new DeskSetting
        {
            Home = site.Home,
            Log = site.Log,
            Reviews = site.Reviews,
            Health = () => new("ok", Exchanges, Exchanges, 0, 0, 0),
            Options = options ?? new(),
            AttributeCommand = attributeCommand,
            Time = site.Clock,
        });
        await site._app.StartAsync();
        site.Url = new(site._app.Urls.Single());
        return site;
    }

    public static string Id(int exchange) => $"exchange-{exchange:D2}";

    /// <summary>A client of somebody's, which follows no redirect.</summary>
    public HttpClient As(string name, ReviewRole role)
    {
        var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = Url };
        client.DefaultRequestHeaders.Add("X-Who", $"{name} {role}");
        return client;
    }

    /// <summary>The hidden fields of a page's decision form.</summary>
    public static List<KeyValuePair<string, string>> Form(string page)
    {
        var form = page[page.IndexOf("id=\"decision-form\"", StringComparison.Ordinal)..page.IndexOf("id=\"history\"", StringComparison.Ordinal)];
        return [.. Hidden().Matches(form).Select(match => KeyValuePair.Create(WebUtility.HtmlDecode(match.Groups[1].Value), WebUtility.HtmlDecode(match.Groups[2].Value)))];
    }

    /// <summary>Posts a decision's form.</summary>
    public static async Task<(HttpStatusCode Status, string Page, string? Location)> PostAsync(
        HttpClient client, string path, IEnumerable<KeyValuePair<string, string>> hidden, params (string Name, string Value)[] fields)
    {
        using var content = new FormUrlEncodedContent([.. hidden, .. fields.Select(field => KeyValuePair.Create(field.Name, field.Value))]);
        using var response = await client.PostAsync(path, content);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers.Location?.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _desk.Dispose();
        await Reviews.DisposeAsync();
        await Log.DisposeAsync();
        _folder.Dispose();
    }

    private void WriteCorpusAndRun()
    {
        var words = Enumerable.Range(0, 40).Select(i => $"word{i}").ToArray();
        string[] texts =
        [
            string.Join(' ', words),
            .. Enumerable.Range(1, 18).Select(i => $"document {i} says {string.Join(' ', Enumerable.Range(0, 12).Select(k => $"thing{i * k}"))}"),
            string.Join(' ', words[..39].Append("ending")),
        ];
        Documents = [.. texts.Select((text, i) => new Document(DocumentId.Of(text), i % 4 == 0 ? "spam" : "ham", text) { License = "CC0", Owner = "someone" })];
        string hash;
        using (var writer = CorpusWriter.Create(Home.CorpusDirectory(Corpus), Clock))
        {
            foreach (var document in Documents)
            {
                writer.Add(document);
            }

            writer.Commit();
        }

        hash = Core.Corpora.Corpus.Open(Home.CorpusDirectory(Corpus)).ContentHash;
        ExplainedQuery[] queries = [new(Id(0), "question 0", texts[0]) { Label = "harmful" }, new("set", "", "two answers") { Label = "mixed" }];
        ScoreRow[] rows = [.. Documents.Select(document => new ScoreRow(document.Id, document.Source, 1, 11))];
        using var run = ScoreRunWriter.Create(Home.RunDirectory(Run), new ScoreHeader("ekfac", .1, 20), queries, rows, Clock);
        run.Manifest.Inputs[$"corpora/{Corpus}"] = hash;
        run.Append([.. rows.Select((_, i) => 10f - i)]);
        run.Append([.. rows.Select((_, i) => i == 3 ? 5f : -1f)]);
        run.WriteTokens([.. Documents.Take(2).SelectMany(document => Enumerable.Range(1, 3).Select(t => new TokenScore(document.Id, t, 6 * (t - 1), 6 * t, 4 - t) { Query = Id(0) }))]);
        JsonLines.Write(run.PathOf(ScoreFormat.Members), (TargetMember[])[new("set", new Query(Id(2), "question 2", texts[0])), new("set", new Query(Id(4), "question 4", texts[0]))]);
        TokenMask.Write(run.PathOf("mask.jsonl"), [new DocumentMask(Documents[0].Id, [1, 2], [[0, 12]])]);
        run.Commit();
    }

    [GeneratedRegex("<input type=\"hidden\" name=\"([^\"]+)\" value=\"([^\"]*)\"")]
    private static partial Regex Hidden();
}
