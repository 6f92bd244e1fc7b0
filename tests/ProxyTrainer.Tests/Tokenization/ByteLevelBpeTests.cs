using Tda.ProxyTrainer.Tokenization;

namespace Tda.ProxyTrainer.Tests.Tokenization;

public sealed class ByteLevelBpeTests
{
    private static readonly ByteLevelBpe Tokenizer = BpeTrainer.Train(
        Enumerable.Range(0, 40).Select(i => i % 2 == 0 ? Texts.English : Texts.Random(i)), new BpeOptions { VocabularySize = 600 });

    [Fact]
    public void Decode_AnyText_RoundTrips()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var text = Texts.Random(seed);
            var ids = Tokenizer.Encode(text);
            Assert.Equal(text, Tokenizer.Decode(ids));
            Assert.Equal(Encoding.UTF8.GetBytes(text), Tokenizer.DecodeBytes(ids));
        }
    }

    [Theory]
    [InlineData("\ud83d")]
    [InlineData("a\ude42b")]
    [InlineData("x \ud83d y\udc00")]
    public void Encode_LoneSurrogate_BecomesReplacementCharacter(string text)
    {
        var expected = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
        Assert.Equal(expected, Tokenizer.Decode(Tokenizer.Encode(text)));
        var spans = Tokenizer.EncodeWithSpans(text);
        Assert.Equal((0, text.Length), (spans[0].Start, spans[^1].End));
    }

    [Fact]
    public void DecodeBytes_EveryByteToken_GivesEveryByte()
    {
        var seen = new HashSet<byte>();
        for (var id = 0; id < Tokenizer.VocabularySize; id++)
        {
            if (Tokenizer.DecodeBytes([id]) is [byte single])
            {
                seen.Add(single);
            }
        }

        Assert.Equal(256, seen.Count);
    }

    [Fact]
    public void EncodeWithSpans_AnyText_CoversItInOrder()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var text = Texts.Random(seed);
            var spans = Tokenizer.EncodeWithSpans(text);
            Assert.Equal(Tokenizer.Encode(text), spans.Select(s => s.Id));
            var reached = 0;
            var at = 0;
            foreach (var span in spans)
            {
                Assert.True(span.Start <= reached && span.Start >= at && span.End >= reached && span.End > span.Start);
                (at, reached) = (span.Start, span.End);
                var bytes = Encoding.UTF8.GetString(Tokenizer.DecodeBytes([span.Id]));
                if (!bytes.Contains('\uFFFD'))
                {
                    Assert.Equal(bytes, text[span.Start..span.End]);
                }
            }

            Assert.Equal(text.Length, reached);
        }
    }

    [Fact]
    public void EncodeWithSpans_PartOfCharacter_SpansWholeCharacter()
    {
        // A vocabulary of bytes alone: the emoji is four tokens, each spanning both UTF-16 units.
        var bytes = BpeTrainer.Train([], new BpeOptions { VocabularySize = 300 });
        var spans = bytes.EncodeWithSpans("a🙂é");
        Assert.Equal([(0, 1), (1, 3), (1, 3), (1, 3), (1, 3), (3, 4), (3, 4)], spans.Select(s => (s.Start, s.End)));
    }

    [Fact]
    public void Encode_SpecialTokenSpelledOut_StaysText()
    {
        var ids = Tokenizer.Encode("<|eos|><|bos|>");
        Assert.DoesNotContain(Tokenizer.EosId, ids);
        Assert.DoesNotContain(Tokenizer.BosId, ids);
        Assert.Equal("", Tokenizer.Decode([Tokenizer.BosId, Tokenizer.EosId, Tokenizer.PadId]));
    }

    [Fact]
    public void Encode_AgainstDirectMerging_GivesSameTokens()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var text = Texts.Random(seed);
            Assert.Equal(SlowEncode(text), Tokenizer.Encode(text));
        }
    }

    [Fact]
    public void Encode_LongWord_TakesNoQuadraticTime()
    {
        var text = new string('=', 200_000);
        Assert.Equal(text, Tokenizer.Decode(Tokenizer.Encode(text)));
    }

    /// <summary>The definition: find the lowest-ranked pair of the word, merge all its occurrences, repeat.</summary>
    private static List<int> SlowEncode(string text)
    {
        var merges = new Dictionary<(string, string), int>();
        var file = Path.GetTempFileName();
        try
        {
            Tokenizer.Save(file);
            using var json = System.Text.Json.JsonDocument.Parse(File.ReadAllText(file));
            foreach (var merge in json.RootElement.GetProperty("model").GetProperty("merges").EnumerateArray())
            {
                var pair = merge.GetString()!.Split(' ');
                merges[(pair[0], pair[1])] = merges.Count;
            }

            var vocabulary = json.RootElement.GetProperty("model").GetProperty("vocab").EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetInt32());
            var ids = new List<int>();
            for (int start = 0, end; start < text.Length; start = end)
            {
                end = PreTokenizer.NextEnd(text, start);
                List<string> word = [.. Encoding.UTF8.GetBytes(text[start..end]).Select(b => ByteAlphabet.CharacterOf(b).ToString())];
                while (true)
                {
                    var ranked = word.Zip(word.Skip(1)).Where(merges.ContainsKey).ToList();
                    if (ranked.Count == 0)
                    {
                        break;
                    }

                    var best = ranked.MinBy(pair => merges[pair]);
                    for (var i = 0; i + 1 < word.Count; i++)
                    {
                        if ((word[i], word[i + 1]) == best)
                        {
                            word[i] += word[i + 1];
                            word.RemoveAt(i + 1);
                        }
                    }
                }

                ids.AddRange(word.Select(token => vocabulary[token]));
            }

            return ids;
        }
        finally
        {
            File.Delete(file);
        }
    }
}
