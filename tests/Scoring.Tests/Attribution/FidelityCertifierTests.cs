using Tda.ProxyTrainer.Models;
using Tda.Scoring.Attribution;
using Tda.Scoring.Attribution.Queries;
using Tda.Scoring.Attribution.Sessions;
using Tda.Scoring.Tests.Reference;
using static TorchSharp.torch;

namespace Tda.Scoring.Tests.Attribution;

public class FidelityCertifierTests(TrainedHome trained) : IClassFixture<TrainedHome>
{
    [Fact]
    public void Measure_OneAnswer_EqualsTokenByToken()
    {
        using var scope = NewDisposeScope();
        var home = trained.Home;
        using var session = ScoringSession.Open(home.Home, "i", 64, NullProgress.Instance, default);
        var query = trained.Known with { Prompt = "our bank" };
        var measured = FidelityCertifier.Measure(session, QuerySet.Each([query]))[0]!;

        int[] prompt = [home.Tokenizer.BosId, .. home.Tokenizer.Encode(query.Prompt)];
        var completion = home.Tokenizer.Encode(query.Completion);
        int[] all = [.. prompt, .. completion];
        Assert.Equal(completion.Length, measured.Tokens);
        using var model = LanguageModel.Load(home.Home.SurrogateDirectory("s"));
        double loss = 0, agreeing = 0;
        for (var i = 0; i < completion.Length; i++)
        {
            // One token at a time, from its own prefix alone.
            var prefix = all[..(prompt.Length + i)];
            var logits = model.Forward(tensor(prefix.Select(t => (long)t).ToArray(), [1, prefix.Length], dtype: ScalarType.Int64)).select(1, prefix.Length - 1).squeeze(0);
            var values = Numbers.Of(logits);
            loss += Math.Log(values.Sum(v => Math.Exp(v - values.Max()))) + values.Max() - values[completion[i]];
            if (Array.IndexOf(values, values.Max()) == completion[i])
            {
                agreeing++;
            }
        }
        Assert.Equal(loss / completion.Length, measured.NatsPerToken, 4);
        Assert.Equal(agreeing / completion.Length, measured.Top1Agreement, 9);

        var labels = home.Texts.SelectMany(t => home.Tokenizer.Encode(t).Append(home.Tokenizer.EosId)).ToArray();
        double Unigram(int token) => -Math.Log((labels.Count(l => l == token) + 1.0) / (labels.Length + home.Tokenizer.VocabularySize));
        Assert.Equal(completion.Average(Unigram), measured.UnigramNatsPerToken, 9);
        Assert.Equal(1 - measured.NatsPerToken / measured.UnigramNatsPerToken, measured.Fidelity, 12);
        Assert.True(measured.UntrainedNatsPerToken > measured.NatsPerToken);
    }

    [Fact]
    public void Measure_Set_WeighsByTokens()
    {
        using var session = ScoringSession.Open(trained.Home.Home, "i", 64, NullProgress.Instance, default);
        var each = FidelityCertifier.Measure(session, QuerySet.Each([trained.Known, trained.Strange]));
        var set = FidelityCertifier.Measure(session, QuerySet.Aggregated([trained.Known, trained.Strange]))[0]!;
        Assert.Equal(each.Sum(m => m!.Tokens), set.Tokens);
        Assert.Equal(each.Sum(m => m!.NatsPerToken * m.Tokens) / set.Tokens, set.NatsPerToken, 9);
    }
}
