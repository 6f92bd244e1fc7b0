using Tda.Lab.Models;
using Tda.Lab.Tests.Support;
using Tda.Lab.Training;
using Tda.TestKit;

namespace Tda.Lab.Tests.Models;

public sealed class PerplexityTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    /// <summary>The first choice at every token by one row at a time, words by loops over characters; texts longer than the context included.</summary>
    [Fact]
    public void Measure_Foresight_IsThatOfPlainLoops()
    {
        using var model = Trained();
        string[] texts = [.. TinyModels.Sentences(5, 2), "  a  much longer text, of several rows: with  white space\nand the cat sat on the mat. né 漢字 ", string.Join(' ', TinyModels.Sentences(4, 3))];
        long tokensRight = 0;
        int words = 0, wordsRight = 0;
        foreach (var text in texts)
        {
            var right = FirstChoices(model, text);
            tokensRight += right.Count(hit => hit);
            var spans = model.Tokenizer.EncodeWithSpans(text);
            for (var start = 0; start < text.Length; start++)
            {
                if (char.IsWhiteSpace(text[start]) || (start > 0 && !char.IsWhiteSpace(text[start - 1])))
                {
                    continue;
                }

                var end = start;
                while (end < text.Length && !char.IsWhiteSpace(text[end]))
                {
                    end++;
                }

                words++;
                wordsRight += spans.Index().Where(token => token.Item.Start < end && token.Item.End > start).All(token => right[token.Index]) ? 1 : 0;
            }
        }

        var found = Perplexity.Measure(model.Model, model.Tokenizer, texts).Foresight;
        var alone = texts.Select(text => Perplexity.Measure(model.Model, model.Tokenizer, [text]).Foresight).ToArray();

        Assert.Equal((tokensRight, words, wordsRight), (found.TokensRight, found.Words, found.WordsRight));
        Assert.Equal(
            (tokensRight, words, wordsRight), (alone.Sum(one => one.TokensRight), alone.Sum(one => one.Words), alone.Sum(one => one.WordsRight)));
        Assert.InRange(wordsRight, 1, words - 1);
    }

    private LabModel Trained()
    {
        var corpus = TinyModels.WriteCorpus(_directory, "corpus", TinyModels.Sentences(80, 1));
        LabTrainer.Run(
            new LabTrainOptions { OutputDirectory = _directory["lab"], CorpusDirectory = corpus.Directory, Shape = TinyModels.Shape, Training = TinyModels.Training },
            TimeProvider.System, NullProgress.Instance, CancellationToken.None);
        return LabModel.Open(_directory["lab"]);
    }

    // Each row begins with BOS, and the last one ends with EOS.
    private static bool[] FirstChoices(LabModel model, string text)
    {
        int[] tokens = [.. model.Tokenizer.Encode(text), model.Tokenizer.EosId];
        var (right, row) = (new bool[tokens.Length], model.ContextLength - 1);
        for (var start = 0; start < tokens.Length; start += row)
        {
            int[] own = [.. tokens.Skip(start).Take(row)];
            var logits = model.Logits([model.Tokenizer.BosId, .. own[..^1]]);
            for (var i = 0; i < own.Length; i++)
            {
                var at = logits.AsSpan(i * model.VocabularySize, model.VocabularySize).ToArray();
                right[start + i] = Array.IndexOf(at, at.Max()) == own[i];
            }
        }

        return right;
    }
}
