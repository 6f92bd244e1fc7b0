namespace Tda.Cli.Tests.CommandLine;

/// <summary>Scripts rely on these command lines, letter for letter: they stay.</summary>
public class DocumentedOptionsTests
{
    [Theory]
    [InlineData("gateway --upstream https://api.example.org --listen http://127.0.0.1:8787 --home d")]
    [InlineData("gateway --upstream https://api.example.org --listen http://127.0.0.1:8787 --home d --durability memory")]
    [InlineData("gateway --upstream https://api.example.org --listen http://127.0.0.1:8787 --home d --durability written")]
    [InlineData("gateway --upstream https://api.example.org --listen http://127.0.0.1:8787 --home d --durability synced")]
    [InlineData("corpus import ./mail --name C")]
    [InlineData("corpus import crawl/**/*.jsonl.zst --name C --text-field data.body --id-field key --source-field set --license-field l --owner-field o")]
    [InlineData("corpus import ./set --name C --split train --config en --format parquet")]
    [InlineData("corpus export C --as parquet --ledger --out PATH")]
    [InlineData("export RUN --out DIR --as parquet --replace")]
    [InlineData("corpus list")]
    [InlineData("corpus show C")]
    [InlineData("corpus export C --as jsonl --mask cut --out PATH")]
    [InlineData("corpus export C --as openai-chat --mask redact --run ID --instruction TEXT --out PATH")]
    [InlineData("corpus export C --as hf --mask ids --tokenizer S --context 192 --out PATH --replace")]
    [InlineData("exchanges list --json")]
    [InlineData("exchanges list --since 2026-11-01 --before 2026-12-01 --status 4xx --model M --route /v1/responses")]
    [InlineData("exchanges usage since:2026-11-01 --by tag --prices FILE")]
    [InlineData("exchanges show ID --json")]
    [InlineData("exchanges export --out FILE --json")]
    [InlineData("exchanges verify --json")]
    [InlineData("distill --corpus C --name S")]
    [InlineData("distill --corpus C --name S --exchanges tag=team --epochs 2 --seed 3 --ensemble 4")]
    [InlineData("index --surrogate S --corpus C --name I")]
    [InlineData("index --surrogate S --corpus C --name I --method logra --rank 8")]
    [InlineData("index --surrogate S --corpus C --name I --method ekfac")]
    [InlineData("attribute --index I --queries FILE.jsonl --method ekfac")]
    [InlineData("attribute --index I --exchange ID --method logra --tokens --run ID")]
    [InlineData("attribute --index I --queries FILE.jsonl --method bm25")]
    [InlineData("attribute --methods")]
    [InlineData("attribute --index I --queries FILE.jsonl --by-label --ensemble")]
    [InlineData("attribute --index I --queries FILE.jsonl --ensemble 5 --contrast harm safe --layers")]
    [InlineData("attribute --index I --exchange ID --words TEXT --query-rank 32 --min-fidelity .1")]
    [InlineData("attribute --index I --queries FILE.jsonl --method fused --fuse-with tracin --fuse-k 30 --prefilter bm25:10000 --force")]
    [InlineData("attribute --index I --queries FILE.jsonl --method cascade --factors EK --final astra --index-keep 100 --recall-sample 50")]
    [InlineData("attribute --index I --queries FILE.jsonl --calibration calibration.json")]
    [InlineData("guide --index I --harm H.jsonl --safe S.jsonl")]
    [InlineData("guide --index I --harm H.jsonl --safe S.jsonl --quantile .99 --window 1 --budget .02 --run ID")]
    [InlineData("attribute --index I --exchanges label:harm>=.5 --max-queries 20")]
    [InlineData("guide --index I --harm-exchanges label:harm --safe-exchanges label:harm<.5")]
    [InlineData("label exchanges all --with J --name harm")]
    [InlineData("guide --index I --harm-label toxic>=.5")]
    [InlineData("attribute --index I --harm-label toxic>=.5")]
    [InlineData("exchanges list label:harm")]
    [InlineData("prove --lab L --corpus C2 --prompts P.jsonl --benign B.jsonl --judge J --out P")]
    [InlineData("curate --corpus C --run ID --name C2 --drop 10")]
    [InlineData("curate --corpus C --run ID --name C2 --mask")]
    [InlineData("curate --corpus C --run ID --name C2 --drop 10 --mask --budget .01 --quantile .95 --window 0")]
    [InlineData("guide --index I --harm H.jsonl --token-score position")]
    [InlineData("lab train --corpus C --name L --vocabulary 400 --width 32 --layers 1 --heads 2 --context 128")]
    [InlineData("curate --corpus C --run ID --name C2 --weights")]
    [InlineData("evaluate planted --run ID --source S")]
    [InlineData("evaluate fidelity --surrogate S")]
    [InlineData("evaluate lds --run R --bank B")]
    [InlineData("evaluate loo --run R --bank B")]
    [InlineData("evaluate pbrf --run R --index I")]
    [InlineData("evaluate removal --lists F.jsonl --bank B")]
    [InlineData("evaluate removal --plan --run R --lists F.jsonl")]
    [InlineData("evaluate mislabelled --run R --flipped FILE")]
    [InlineData("evaluate mislabelled --corpus C --label harmful --right FILE --plant .1 --seed 1 --top 5")]
    [InlineData("reweight --surrogate S --corpus C --meta FILE --harm FILE --harm-weight 2 --weigh network --method cg --terms 3 --damping .1 --run R")]
    [InlineData("evaluate split-half --run R1 R2")]
    [InlineData("evaluate classes --run R")]
    [InlineData("evaluate words --index I --pairs PAIRS.jsonl --method ekfac")]
    [InlineData("evaluate bank --bank B --corpus C --queries Q.jsonl --model S3=surrogate:S")]
    [InlineData("evaluate calibrate --run ID --bank B")]
    [InlineData("evaluate calibrate --run ID --pairs PAIRS.jsonl --kind isotonic --out calibration.json")]
    [InlineData("lab bank --name B --kind leave-one-out --corpus C --lab L --queries Q.jsonl")]
    [InlineData("lab train --corpus C --name L")]
    [InlineData("lab train --corpus C --name L --mask RUN")]
    [InlineData("lab serve --name L --listen http://127.0.0.1:8788")]
    [InlineData("report RUN")]
    [InlineData("compare-runs A B --top 20")]
    [InlineData("plan --corpus C")]
    [InlineData("doctor")]
    [InlineData("demo")]
    public void Parse_CommandLineOfTheDesign_HasNoErrors(string line)
    {
        var parsed = TdaCommands.Build().Parse(line.Split(' '));

        Assert.Empty(parsed.Errors.Select(error => error.Message));
        Assert.NotNull(parsed.Action);
    }

    [Theory]
    [InlineData("corpus import ./mail", "--name")]
    [InlineData("gateway --listen http://127.0.0.1:8787", "--upstream")]
    [InlineData("distill --corpus C", "--name")]
    [InlineData("index --surrogate S --name I", "--corpus")]
    [InlineData("guide --index I", "--harm")]
    [InlineData("curate --corpus C --name C2 --drop 1", "--run")]
    [InlineData("lab train --corpus C", "--name")]
    [InlineData("report", "report")]
    public void Parse_RequiredPartMissing_SaysWhich(string line, string missing)
    {
        var parsed = TdaCommands.Build().Parse(line.Split(' '));

        Assert.Contains(parsed.Errors, error => error.Message.Contains(missing, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("gateway --upstream https://api.example.org --durability fast")]
    [InlineData("index --surrogate S --corpus C --name I --method guess")]
    [InlineData("curate --corpus C --run ID --name C2 --drop many")]
    [InlineData("distill --corpus C --name S --epochs two")]
    [InlineData("report RUN --unknown")]
    [InlineData("nonsense")]
    public void Parse_ValueOrWordThatDoesNotExist_IsAnError(string line) =>
        Assert.NotEmpty(TdaCommands.Build().Parse(line.Split(' ')).Errors);

    [Fact]
    public void Parse_EveryVerb_TakesHomeJsonAndVerbose()
    {
        var root = TdaCommands.Build();
        foreach (var path in CommandTree.Paths(root))
        {
            var parsed = root.Parse([.. path, "--home", "d", "--json", "--verbose"]);
            Assert.DoesNotContain(parsed.Errors, error => error.Message.Contains("Unrecognized", StringComparison.Ordinal));
        }
    }
}
