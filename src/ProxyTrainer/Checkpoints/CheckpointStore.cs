using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Tda.ProxyTrainer.Engine;
using Tda.ProxyTrainer.Models;
using Tda.ProxyTrainer.Optimizers;
using Tda.ProxyTrainer.Training;

namespace Tda.ProxyTrainer.Checkpoints;

/// <summary>
/// The checkpoints of one run: <c>step-000123/</c> is a Hugging Face model folder with the optimiser's state beside it
/// (<c>optimizer.safetensors</c>: the weights' names with what it keeps of each, such as <c>.exp_avg</c>, and its matrices) and the run's history
/// (<c>training.json</c>). The order of the examples is a function of seed and step, so the step restores it.
/// </summary>
internal sealed class CheckpointStore(string directory, string fingerprint, TimeProvider time)
{
    /// <summary>Writes the state after <c>history</c>'s last step; a checkpoint of that step that is there stays.</summary>
    public void Save(LanguageModel model, IOptimizer optimizer, TrainingHistory history)
    {
        var step = history.Losses.Count;
        var final = Path.Combine(directory, Checkpoint.NameOf(step));
        if (step == 0 || Directory.Exists(final))
        {
            return;
        }

        using var artifact = ArtifactDirectory.Create(final, Checkpoint.Format, Checkpoint.Version, time);
        using IDisposable scope = NewDisposeScope();
        using var gradients = no_grad();
        model.Save(artifact.WorkDirectory);
        var state = optimizer.State.SelectMany(pair => ModelFiles.Split(model, pair.Value, "." + pair.Key)).Concat(optimizer.Matrices).ToDictionary();
        TensorFiles.Save(artifact.PathOf(Checkpoint.OptimizerFile), state, new Dictionary<string, string> { ["step"] = step.ToString(CultureInfo.InvariantCulture) });
        AtomicFile.WriteJson(artifact.PathOf(Checkpoint.HistoryFile), new CheckpointHistory(step, fingerprint, history));
        artifact.Manifest.Command = "train";
        artifact.Commit();
    }

    /// <summary>Goes back to the newest checkpoint.</summary>
    /// <returns>Its history, or null when there is none.</returns>
    /// <exception cref="BadInputException">It is damaged, or belongs to a run with other data or options.</exception>
    public TrainingHistory? Restore(LanguageModel model, IOptimizer optimizer)
    {
        var newest = Checkpoint.List(directory).LastOrDefault();
        if (newest is null)
        {
            return null;
        }

        var artifact = ArtifactDirectory.Open(newest.Directory, Checkpoint.Format, Checkpoint.Version);
        var path = artifact.PathOf(Checkpoint.HistoryFile);
        var saved = CheckpointHistory.Read(path);
        if (saved.Fingerprint != fingerprint)
        {
            throw new BadInputException(
                newest.Directory,
                "this checkpoint belongs to a run with other examples, another model or other options",
                remedy: "Choose another checkpoint directory, or remove this one to start over.");
        }

        model.ReadSaved(newest.Directory);
        newest.ReadState(model, optimizer.State, optimizer.Matrices);
        optimizer.Steps = saved.Step;
        return saved.History;
    }
}

/// <summary>A checkpoint's training.json.</summary>
internal sealed record CheckpointHistory(int Step, string Fingerprint, TrainingHistory History)
{
    public static CheckpointHistory Read(string path) => JsonFile.Read<CheckpointHistory>(path);
}

/// <summary>Identifies a run: a checkpoint of other data, another shape or other options must not be gone on with.</summary>
internal static class TrainingFingerprint
{
    public static string Of(LanguageModel model, IReadOnlyList<TrainingExample> examples, TrainingOptions options)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        // How often and where checkpoints are written changes nothing in the run.
        var adapters = model.Adapters is null ? "" : $"{JsonSerializer.Serialize(model.Adapters, JsonDefaults.Options)}\n";
        hash.AppendData(Encoding.UTF8.GetBytes($"{model.Config}\n{adapters}{options with { CheckpointDirectory = null, CheckpointEvery = 0 }}\n"));
        if (model.DType != ScalarType.Float32)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{model.DType}\n"));
        }

        Span<byte> length = stackalloc byte[4];
        foreach (var example in examples)
        {
            BinaryPrimitives.WriteInt32LittleEndian(length, example.Tokens.Length);
            hash.AppendData(length);
            hash.AppendData(MemoryMarshal.AsBytes<int>(example.Tokens));
            hash.AppendData(MemoryMarshal.AsBytes<float>(example.LabelWeights));
            if (example.Targets is { } targets)
            {
                Append(hash, targets);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Append(IncrementalHash hash, SoftTargets targets)
    {
        hash.AppendData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{targets.Weight} {targets.Temperature} {targets.Runs.Count}\n")));
        foreach (var run in targets.Runs)
        {
            hash.AppendData(MemoryMarshal.AsBytes<int>([run.Start, run.Count, run.Ids.Length, .. run.Ids]));
            hash.AppendData(MemoryMarshal.AsBytes<double>(run.Probabilities));
        }
    }
}
