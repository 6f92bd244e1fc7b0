using System.Text.Json.Nodes;
using Tda.Cli.Tests.BadInput;
using Tda.TestKit;

namespace Tda.Cli.Tests.Outcomes;

/// <summary>`tda label` on documents, and the classifiers that it trains.</summary>
public sealed class LabelTests(SmallHome small) : IClassFixture<SmallHome>, IDisposable
{
    private readonly TdaHomeRunner _tda = small.Copy();

    public void Dispose() => _tda.Dispose();

    [Fact]
    public async Task Corpus_ByRules_LabelsStandBesideItAndAgreeWithTheSource()
    {
        _tda.Folder.Write("rules.yaml", $"labels:\n  bad:\n    - words: [{string.Join(", ", SampleDocuments.Bad)}]\n");
        var before = (string)(await _tda.JsonAsync("corpus", "show", "web"))["content_hash"]!;

        var labelled = await _tda.JsonAsync("label", "corpus", "web", "--with", "rules.yaml");

        var bad = Sources("bad");
        Assert.Equal(("rules", 12, 0), ((string)labelled["set"]!, (int)labelled["documents"]!, (int)labelled["already"]!));
        Assert.Equal((bad, 12 - bad), ((int)labelled["labels"]![0]!["yes"]!, (int)labelled["labels"]![0]!["no"]!));
        Assert.Equal(before, (string)(await _tda.JsonAsync("corpus", "show", "web"))["content_hash"]!);
        await _tda.JsonAsync("attribute", "--index", "lg", "--queries", "q.jsonl", "--run", "after", "--force"); // the corpus is still whole

        var path = (string)labelled["path"]!;
        var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal(12, (int)(await _tda.JsonAsync("label", "corpus", "web", "--with", "rules.yaml"))["already"]!);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken));

        var agreement = await _tda.JsonAsync("label", "agreement", "--corpus", "web", "--label", "rules/bad>=.5", "--reference", "source:bad");
        Assert.Equal((12, 1.0, 1.0), ((int)agreement["compared"]!, (double)agreement["agreement"]!["auroc"]!, (double)agreement["agreement"]!["kappa"]!));
        Assert.Empty(Docs(agreement, "label agreement"));
        Assert.Empty(Docs(labelled, "label corpus"));
    }

    [Fact]
    public async Task Corpus_AnotherVersionOfTheRules_ReplacesOnlyWhenTold()
    {
        _tda.Folder.Write("rules.yaml", "labels:\n  bad:\n    - words: [free]\n");
        await _tda.JsonAsync("label", "corpus", "web", "--with", "rules.yaml");
        _tda.Folder.Write("rules.yaml", "labels:\n  bad:\n    - words: [cash]\n");

        Assert.Contains("--replace", (await _tda.FailsAsync(2, "label", "corpus", "web", "--with", "rules.yaml")).Error, StringComparison.Ordinal);
        await _tda.JsonAsync("label", "corpus", "web", "--with", "rules.yaml", "--replace");
        await _tda.JsonAsync("label", "corpus", "web", "--with", "rules.yaml", "--set", "other");

        Assert.Equal(2, Directory.EnumerateFiles(_tda.InHome("corpora", "web"), "labels.*.jsonl").Count());
        Assert.Contains("rules/bad", (await _tda.FailsAsync(3, "label", "agreement", "--corpus", "web", "--label", "bad", "--reference", "source:bad")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Train_Words_IsShownAndLabels()
    {
        await File.WriteAllLinesAsync(_tda.Folder["labelled.jsonl"], Enumerable.Range(0, 60).Select(i =>
        {
            var words = i % 2 == 0 ? SampleDocuments.Bad : SampleDocuments.Good;
            return JsonSerializer.Serialize(new { text = string.Join(' ', Enumerable.Range(0, 30).Select(k => words[(i + (k * k)) % words.Length])), harmful = i % 2 == 0 });
        }), TestContext.Current.CancellationToken);

        var trained = await _tda.JsonAsync("label", "train", "--examples", "labelled.jsonl", "--name", "j", "--features", "words");

        Assert.Empty(Docs(trained, "label train"));
        Assert.Equal(("words", 1.0), ((string)trained["features"]!, (double)trained["labels"]![0]!["auroc"]!));
        Assert.True(JsonNode.DeepEquals(trained, await _tda.JsonAsync("label", "show", "j")));
        var labelled = await _tda.JsonAsync("label", "corpus", "web", "--with", "j");
        Assert.Equal(("j", "harm"), ((string)labelled["set"]!, (string)labelled["labels"]![0]!["label"]!));
        Assert.StartsWith("classifier j (", (string)labelled["by"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, "label corpus web --with nobody", "There is none yet: make one with tda label train.")]
    [InlineData(3, "label corpus web --with no.yaml", "no.yaml: there is no such file")]
    [InlineData(2, "label corpus web --with words:q.jsonl --set a/b", "can't name a set of labels")]
    [InlineData(2, "label corpus web --with words:q.jsonl --concurrency 0", "concurrency")]
    [InlineData(3, "label agreement --corpus web --label harm --reference source:bad", "has no label 'harm'")]
    [InlineData(2, "label agreement --label harm --reference harm", "--corpus C or --exchanges FILTER")]
    public async Task Run_WhatCannotBe_SaysWhatAndWhatToDo(int code, string line, string said) =>
        Assert.Contains(said, (await _tda.FailsAsync(code, line.Split(' '))).Error, StringComparison.Ordinal);

    private int Sources(string source) => JsonLines.Read<Document>(_tda.InHome("corpora", "web", "documents-00000.jsonl.gz")).Count(document => document.Source == source);

    // The fields that docs/json.md gives a verb, and that its result lacks.
    private static string[] Docs(JsonNode result, string verb)
    {
        var lines = File.ReadLines(TestPaths.InRepository("docs/json.md")).SkipWhile(line => line != $"### {verb}").Skip(1).TakeWhile(line => !line.StartsWith("### ", StringComparison.Ordinal));
        return
        [
            .. lines.Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split('|', StringSplitOptions.TrimEntries))
                .Where(cells => !cells[2].EndsWith('?')).Select(cells => cells[1].Trim('`'))
                .Where(field => field.Split('.').Aggregate((JsonNode?)result, (node, name) => name.EndsWith("[]", StringComparison.Ordinal) ? node?[name[..^2]]?[0] : node?[name]) is null),
        ];
    }
}
