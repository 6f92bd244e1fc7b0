using System.Runtime.CompilerServices;
using Tda.Lab.Generation;
using Tda.ProxyTrainer.Distillation;

namespace Tda.Lab.Models;

/// <summary>A model on this machine, asked without a server: a lab model or a surrogate.</summary>
/// <param name="name">What measurements call it.</param>
/// <param name="model">The model; disposed with this.</param>
/// <param name="artifact">The artifact that it is, as manifests name it.</param>
public sealed class AskedLabModel(string name, LabModel model, KeyValuePair<string, string>? artifact = null) : IAskedModel, IDisposable
{
    /// <summary>Answers that are drawn before any is given: what a stopped measurement loses at most.</summary>
    private const int Together = 256;

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public KeyValuePair<string, string>? Artifact => artifact;

    /// <summary>Opens a lab model of a home.</summary>
    /// <param name="home">The home.</param>
    /// <param name="lab">The lab model's name.</param>
    /// <param name="penalty">The λ of a response network; null: the model as it lies there.</param>
    /// <exception cref="BadInputException">Missing, damaged, or not a lab model; or no response network, when a λ is given.</exception>
    /// <exception cref="UsageException">λ is outside of the range that was trained.</exception>
    public static AskedLabModel OfLab(TdaHome home, string lab, double? penalty = null) =>
        new(Called($"lab {lab}", penalty), LabModel.Open(home.LabDirectory(lab), penalty), ArtifactReference.InputOf(home.LabDirectory(lab)));

    /// <summary>Opens a surrogate of a home, the first of an ensemble.</summary>
    /// <param name="home">The home.</param>
    /// <param name="surrogate">The surrogate's name.</param>
    /// <param name="penalty">The λ of a response network; null: the model as it lies there.</param>
    /// <exception cref="BadInputException">Missing, damaged, or not a surrogate; or no response network, when a λ is given.</exception>
    /// <exception cref="UsageException">λ is outside of the range that was trained.</exception>
    public static AskedLabModel OfSurrogate(TdaHome home, string surrogate, double? penalty = null)
    {
        var opened = Surrogate.Open(home.SurrogateDirectory(surrogate));
        return new(Called($"surrogate {surrogate}", penalty), LabModel.Load(opened.Directory, penalty), ArtifactReference.InputOf(opened.Directory));
    }

    /// <summary>What asking it will take, found by asking it a little.</summary>
    /// <inheritdoc cref="AnsweringEstimate.Of"/>
    public JobPlan Estimate(string job, EstimatedAnswers asked, CancellationToken cancellation) => AnsweringEstimate.Of(job, model, asked, cancellation);

    /// <inheritdoc/>
    /// <remarks>A prompt that leaves no room for an answer in the model's context counts as refused.</remarks>
    public async IAsyncEnumerable<GivenAnswer> AskAsync(
        IReadOnlyList<Question> questions, AskOptions options, IProgressSink progress, [EnumeratorCancellation] CancellationToken cancel)
    {
        foreach (var together in questions.Chunk(Together))
        {
            var refused = together.Select(Refusal).ToArray();
            Question[] asked = [.. together.Where((_, i) => refused[i] is null)];
            foreach (var (question, refusal) in together.Zip(refused).Where(pair => pair.Second is not null))
            {
                yield return new GivenAnswer(question, "", refusal);
            }

            var sampler = new SamplerOptions
            {
                Sampling = new SamplingSettings { Temperature = options.Temperature, MaxTokens = options.MaxTokens },
                Seed = options.Seed,
                Indices = [.. asked.Select(question => question.Index)],
            };
            var completions = await Task.Run(
                () => Sampler.Generate(model, [.. asked.Select(question => question.Prompt)], sampler, NullProgress.Instance, cancel), cancel);
            foreach (var completion in completions)
            {
                yield return new GivenAnswer(asked[completion.Prompt], completion.Text);
            }
        }
    }

    /// <inheritdoc/>
    public Task<Likelihoods> LikelihoodsAsync(
        IReadOnlyList<string> texts, AskOptions options, IProgressSink progress, CancellationToken cancel) => Task.Run(
        () =>
        {
            using var task = progress.Start("perplexity", texts.Count, "texts");
            var likelihoods = new List<TextLikelihood?>();
            foreach (var text in texts)
            {
                var measured = Perplexity.Measure(model.Model, model.Tokenizer, [text], cancel);
                likelihoods.Add(new TextLikelihood(measured.Tokens, measured.Nats) { Foresight = measured.Foresight });
                task.Report(likelihoods.Count);
            }

            return new Likelihoods(likelihoods);
        },
        cancel);

    /// <inheritdoc/>
    public void Dispose() => model.Dispose();

    private static string Called(string name, double? penalty) =>
        penalty is { } one ? string.Create(CultureInfo.InvariantCulture, $"{name} at λ {one}") : name;

    private string? Refusal(Question question)
    {
        try
        {
            PromptEncoder.Encode(model, question.Prompt);
            return null;
        }
        catch (ContextLengthException error)
        {
            return error.Message;
        }
    }
}
